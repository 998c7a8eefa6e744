/** The tables of the portal that are not those of the authentication library. Times in seconds. */
export type PortalTables = {
  portal_settings: { readonly name: string; readonly value: string }
  portal_setup: { readonly hash: string; readonly expires: number }
  portal_invitations: {
    readonly id: string
    /** Of the token; the token itself is kept nowhere. */
    readonly hash: string
    readonly organisation: string
    readonly role: string
    /** Whom it is for, as whoever invites calls them. */
    readonly label: string
    readonly invited_by: string
    readonly created: number
    readonly expires: number
  }
  portal_step_ups: { readonly session: string; readonly until: number }
  portal_services: {
    readonly ledger: string
    readonly service: string
    readonly organisation: string
  }
  portal_participants: {
    readonly ledger: string
    /** Service and id, such as `flights/admin`. */
    readonly participant: string
    readonly organisation: string
  }
  portal_acts: {
    readonly organisation: string
    readonly request_key: string
    /** SHA-256 of what the act says, in hex. */
    readonly content: string
    readonly ledger: string
    readonly act: string
    readonly subject: string
    readonly account: string
    readonly account_name: string
    readonly time: number
    /** When a statement of it can be registered no more. */
    readonly expires: number
    readonly state: string
    readonly code: string | null
    readonly detail: string | null
    readonly entry: number | null
    readonly height: number | null
  }
}

/**
 * Migration n leads from version n to n + 1, statement by statement. SQLite and PostgreSQL both
 * read them. Never change one: add.
 */
export const portalMigrations: readonly (readonly string[])[] = [
  [
    `CREATE TABLE portal_settings (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)`,
    `CREATE TABLE portal_setup (hash TEXT NOT NULL PRIMARY KEY, expires BIGINT NOT NULL)`,
    `CREATE TABLE portal_invitations (
       id TEXT NOT NULL PRIMARY KEY,
       hash TEXT NOT NULL UNIQUE,
       organisation TEXT NOT NULL,
       role TEXT NOT NULL,
       label TEXT NOT NULL,
       invited_by TEXT NOT NULL,
       created BIGINT NOT NULL,
       expires BIGINT NOT NULL
     )`,
    `CREATE INDEX portal_invitations_of ON portal_invitations (organisation)`,
    `CREATE TABLE portal_step_ups (session TEXT NOT NULL PRIMARY KEY, until BIGINT NOT NULL)`,
    `CREATE TABLE portal_services (
       ledger TEXT NOT NULL,
       service TEXT NOT NULL,
       organisation TEXT NOT NULL,
       PRIMARY KEY (ledger, service)
     )`,
    `CREATE INDEX portal_services_of ON portal_services (organisation, ledger, service)`,
    `CREATE TABLE portal_acts (
       organisation TEXT NOT NULL,
       request_key TEXT NOT NULL,
       content TEXT NOT NULL,
       ledger TEXT NOT NULL,
       act TEXT NOT NULL,
       subject TEXT NOT NULL,
       account TEXT NOT NULL,
       account_name TEXT NOT NULL,
       time BIGINT NOT NULL,
       expires BIGINT NOT NULL,
       state TEXT NOT NULL,
       code TEXT,
       detail TEXT,
       entry BIGINT,
       height BIGINT,
       PRIMARY KEY (organisation, request_key)
     )`,
    `CREATE INDEX portal_acts_of ON portal_acts (organisation, time, request_key)`,
  ],
  [
    `CREATE TABLE portal_participants (
       ledger TEXT NOT NULL,
       participant TEXT NOT NULL,
       organisation TEXT NOT NULL,
       PRIMARY KEY (ledger, participant)
     )`,
    `CREATE INDEX portal_participants_of
       ON portal_participants (organisation, ledger, participant)`,
  ],
]
