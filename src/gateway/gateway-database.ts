import type { DatabaseSync } from 'node:sqlite'
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
] as const

/** Opens the gateway's own database; `:memory:` for none. @throws STORE_NEWER */
export function openGatewayDatabase(path: string): DatabaseSync {
  return openSql(path, migrations)
}
