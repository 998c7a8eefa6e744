import { NodeSqliteDialect } from '@better-auth/kysely-adapter/node-sqlite-dialect'
import { CodedError } from '@openbsn/sdk'
import { Kysely, PostgresDialect, sql } from 'kysely'
import { openPortalFile } from './portal-file.ts'
import { type PortalTables, portalMigrations } from './tables.ts'

export type DatabaseOptions = {
  /** File of SQLite; `:memory:` for none. */
  readonly file: string
  /** `postgres://…`: then there is no file. */
  readonly url?: string | undefined
}

/** The database of the portal: its own tables and those of the authentication library. */
export interface PortalDatabase {
  readonly type: 'sqlite' | 'postgres'
  readonly kysely: Kysely<PortalTables>
  /** Runs what changes tables while no other portal does. */
  alone<T>(work: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

/**
 * Opens or makes the database and brings the portal's own tables up to date.
 * @throws PORTAL_UNAVAILABLE, PORTAL_SETTING_INVALID, STORE_NEWER
 */
export async function openPortalDatabase({ file, url }: DatabaseOptions): Promise<PortalDatabase> {
  if (url === undefined) return openSqlite(file)
  const database = await openPostgres(url)
  try {
    await database.alone(() => migrate(database.kysely))
    return database
  } catch (cause) {
    await database.close()
    throw isNewer(cause) ? cause : unavailable(cause)
  }
}

function openSqlite(file: string): PortalDatabase {
  const dialect = new NodeSqliteDialect({ database: openPortalFile(file) })
  const kysely = new Kysely<PortalTables>({ dialect })
  return { type: 'sqlite', kysely, alone: (work) => work(), close: () => kysely.destroy() }
}

/** Of PostgreSQL's advisory locks: any number that no other program takes. */
const lockNumber = 0x62736e01

async function openPostgres(url: string): Promise<PortalDatabase> {
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new CodedError('PORTAL_SETTING_INVALID', 'DATABASE_URL begins with postgres://.')
  }
  const { default: pg } = await import('pg')
  // Times and indexes are far below 2^53; the driver would give them as text.
  const types = new pg.TypeOverrides()
  types.setTypeParser(pg.types.builtins.INT8, Number)
  const connection = { connectionString: url, max: 10, connectionTimeoutMillis: 5000 }
  const pool = new pg.Pool({ ...connection, types })
  // An idle connection that breaks is replaced by the next query.
  pool.on('error', () => {})
  const kysely = new Kysely<PortalTables>({ dialect: new PostgresDialect({ pool }) })
  return {
    type: 'postgres',
    kysely,
    alone: (work) =>
      kysely.connection().execute(async (one) => {
        await sql`SELECT pg_advisory_lock(${sql.lit(lockNumber)})`.execute(one)
        try {
          return await work()
        } finally {
          await sql`SELECT pg_advisory_unlock(${sql.lit(lockNumber)})`.execute(one)
        }
      }),
    close: () => kysely.destroy(),
  }
}

const versionName = 'tables'

async function migrate(kysely: Kysely<PortalTables>): Promise<void> {
  const version = await versionOf(kysely)
  if (version > portalMigrations.length) {
    const known = `this program knows ${portalMigrations.length}`
    throw new CodedError('STORE_NEWER', `The portal's tables have version ${version}; ${known}.`)
  }
  for (const [i, statements] of portalMigrations.slice(version).entries()) {
    await kysely.transaction().execute(async (transaction) => {
      for (const one of statements) await sql.raw(one).execute(transaction)
      const row = { name: versionName, value: String(version + i + 1) }
      await transaction
        .insertInto('portal_settings')
        .values(row)
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: row.value }))
        .execute()
    })
  }
}

async function versionOf(kysely: Kysely<PortalTables>): Promise<number> {
  const tables = await kysely.introspection.getTables()
  if (!tables.some(({ name }) => name === 'portal_settings')) return 0
  const row = await kysely
    .selectFrom('portal_settings')
    .select('value')
    .where('name', '=', versionName)
    .executeTakeFirst()
  return Number(row?.value ?? 0)
}

const isNewer = (error: unknown) => error instanceof CodedError && error.code === 'STORE_NEWER'

/** A `PORTAL_UNAVAILABLE` to throw. The cause goes to the log alone: it may name a password. */
export function unavailable(cause: unknown): CodedError {
  const message = 'The database of accounts cannot be reached.'
  return new CodedError('PORTAL_UNAVAILABLE', message, { retryable: true, cause })
}
