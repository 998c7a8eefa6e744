import { DatabaseSync } from 'node:sqlite'
import { openSql } from '../storage/sql.ts'

/** What a gateway keeps for itself, in the order in which it came. Never change one: add. */
const migrations = [
  `CREATE TABLE consumers (
     ledger TEXT NOT NULL,
     service TEXT NOT NULL,
     credential TEXT NOT NULL,
     name TEXT NOT NULL,
     position INTEGER NOT NULL, -- First one that is not acknowledged.
     PRIMARY KEY (ledger, credential, service, name)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE webhooks (
     id TEXT PRIMARY KEY,
     ledger TEXT NOT NULL,
     service TEXT NOT NULL,
     credential TEXT NOT NULL,
     node TEXT NOT NULL, -- The city node that delivers.
     url TEXT NOT NULL,
     filter_key TEXT,
     filter_content_type TEXT,
     position INTEGER NOT NULL, -- First one that is not dealt with.
     attempts INTEGER NOT NULL, -- Of the event that is next.
     retry_at INTEGER NOT NULL, -- Seconds since 1970.
     failing_since INTEGER, -- Of the first failure after the last success.
     state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'disabled')),
     reason TEXT, -- Why it is disabled.
     secret BLOB NOT NULL, -- Wrapped.
     old_secret BLOB,
     old_secret_until INTEGER,
     created INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX webhooks_of ON webhooks (ledger, credential, service);
   CREATE TABLE deliveries (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     webhook TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
     position INTEGER NOT NULL,
     attempt INTEGER NOT NULL,
     result TEXT NOT NULL,
     status INTEGER,
     reason TEXT,
     time INTEGER NOT NULL,
     duration_ms INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX deliveries_of ON deliveries (webhook, number);
   CREATE TABLE dead_letters (
     webhook TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
     position INTEGER NOT NULL,
     reason TEXT NOT NULL,
     time INTEGER NOT NULL,
     is_due INTEGER NOT NULL, -- 1: to be sent again before anything else.
     PRIMARY KEY (webhook, position)
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE invitations (
     token BLOB PRIMARY KEY, -- SHA-256: the token itself is kept nowhere.
     expires INTEGER NOT NULL, -- Seconds since 1970.
     used_by BLOB -- SHA-256 of the request that used it.
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE rpc_usage (
     ledger TEXT NOT NULL,
     credential TEXT NOT NULL,
     day INTEGER NOT NULL, -- Since 1970, in UTC.
     service TEXT NOT NULL,
     calls INTEGER NOT NULL,
     cost INTEGER NOT NULL, -- Of these calls, as they count against the limit of a second.
     transactions INTEGER NOT NULL,
     PRIMARY KEY (ledger, credential, day, service)
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE request_log (
     at INTEGER PRIMARY KEY, -- 100,000 times the seconds since 1970, and which in them.
     ledger TEXT NOT NULL,
     service TEXT NOT NULL,
     number INTEGER NOT NULL, -- The same among those of the service.
     credential TEXT NOT NULL,
     participant TEXT, -- Of the credential; none where it is the publisher's own.
     id TEXT NOT NULL, -- Of the request.
     method TEXT NOT NULL,
     path TEXT NOT NULL, -- Secrets are masked here and below.
     status INTEGER NOT NULL,
     code TEXT,
     ms REAL NOT NULL,
     content_type TEXT,
     location TEXT,
     skipped INTEGER, -- So many before it were not kept.
     request_bytes INTEGER,
     request_note TEXT, -- Why not all of it is there.
     answer_bytes INTEGER,
     answer_note TEXT,
     request TEXT, -- Its beginning. Long texts come last: what is looked at is before them.
     answer TEXT
   ) STRICT;
   CREATE INDEX request_log_of ON request_log (ledger, service, number)`,
  `CREATE TABLE credential_use (
     ledger TEXT NOT NULL,
     credential TEXT NOT NULL,
     service TEXT NOT NULL,
     at INTEGER NOT NULL, -- Last, to the minute; seconds since 1970.
     PRIMARY KEY (ledger, credential)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX credential_use_of ON credential_use (ledger, service)`,
  `CREATE TABLE bsn_keys ( -- What answers to clients of BSN are signed with.
     algorithm TEXT PRIMARY KEY,
     key BLOB NOT NULL, -- Wrapped.
     certificate BLOB -- Where there is one: clients of one kind ask for it.
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE bsn_users (
     ledger TEXT NOT NULL,
     application TEXT NOT NULL, -- A credential.
     name TEXT NOT NULL, -- Empty for the application's own.
     secrets BLOB NOT NULL, -- Wrapped.
     certificate TEXT, -- PEM; none until there is one.
     PRIMARY KEY (ledger, application, name)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE bsn_calls ( -- None is ever deleted: what came once counts once.
     nonce BLOB PRIMARY KEY, -- Half of SHA-256: application, user and nonce.
     signed BLOB NOT NULL UNIQUE, -- As much of the text that was signed.
     ledger TEXT NOT NULL,
     service TEXT NOT NULL,
     told TEXT NOT NULL, -- The id of the transaction that the client knows.
     made TEXT NOT NULL, -- The one that it has in the channel.
     proposal BLOB -- What the client signed, where it signed one.
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX bsn_calls_told ON bsn_calls (ledger, service, told);
   CREATE INDEX bsn_calls_made ON bsn_calls (ledger, service, made);
   CREATE TABLE bsn_events (
     id TEXT PRIMARY KEY,
     ledger TEXT NOT NULL,
     service TEXT NOT NULL,
     application TEXT NOT NULL,
     user_code TEXT NOT NULL,
     kind TEXT NOT NULL CHECK (kind IN ('contract', 'block')),
     contract TEXT NOT NULL,
     event_key TEXT NOT NULL,
     url TEXT NOT NULL,
     attached TEXT NOT NULL,
     created INTEGER NOT NULL, -- Seconds since 1970.
     position INTEGER NOT NULL -- The block that is next.
   ) STRICT;
   CREATE INDEX bsn_events_of ON bsn_events (ledger, application)`,
] as const

/** Opens the gateway's own database; `:memory:` for none. @throws STORE_NEWER */
export function openGatewayDatabase(path: string): DatabaseSync {
  return openSql(path, migrations)
}

/** Takes the log of requests out of a copy of the database, which others may see. */
export function dropRequests(path: string): void {
  const database = new DatabaseSync(path, { timeout: 5000 })
  try {
    const named = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'request_log'"
    if (!database.prepare(named).get()) return
    // A row that is deleted stays in the file until that is written anew.
    database.exec('DELETE FROM request_log; VACUUM')
  } finally {
    database.close()
  }
}
