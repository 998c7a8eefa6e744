import { randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import type { KeyEncryption } from '../../crypto/key-encryption.ts'
import type { PortalDatabase } from '../store/portal-database.ts'
import type { PortalStore } from '../store/portal-store.ts'
import type { ApiName, Auth } from './auth.ts'
import { authError } from './auth-errors.ts'
import type { AllTables } from './auth-tables.ts'
import type { OidcOptions } from './build-auth.ts'

export type AccountsOptions = {
  /** File of SQLite. */
  readonly file: string
  /** Of PostgreSQL, in the place of the file. */
  readonly databaseUrl?: string | undefined
  readonly oidc?: OidcOptions | undefined
}

export type AccountsDeps = {
  /** Wraps the secret that signs cookies and encrypts the secrets of authenticators. */
  readonly keys: KeyEncryption
  readonly onError: (message: string, cause?: unknown) => void
}

export type Open = {
  readonly store: PortalStore
  readonly database: PortalDatabase
  readonly tables: Kysely<AllTables>
}

/** What a call of the authentication library is made with. */
export type AuthCall = {
  readonly request: FastifyRequest
  /** Gets the cookies of the answer; none where they are for nobody. */
  readonly reply?: FastifyReply
  readonly origin: string
  readonly body?: object
  readonly query?: object
  /** False where the call is in nobody's name: no cookie of the request goes with it. */
  readonly isAsSender?: boolean
}

/**
 * Accounts, sessions and members. Nothing is loaded or opened before it is needed: the library
 * takes most of a second of the processor, and most nodes are never asked for an account.
 */
export interface Accounts {
  /** Database and store alone. @throws PORTAL_UNAVAILABLE (retryable), STORE_NEWER */
  open(): Promise<Open>
  /** The library for the pages of an origin. @throws PORTAL_UNAVAILABLE, STORE_NEWER */
  auth(origin: string): Promise<Auth>
  /** Makes it anew, where something that it read at its beginning was not there. */
  forget(origin: string): void
  /** @throws what `authError` makes of a refusal */
  call(name: ApiName, call: AuthCall): Promise<Record<string, unknown>>
  close(): Promise<void>
}

/** Pages come from few names; whoever tries many gets the oldest made anew. */
const originsMax = 16

/** @throws nothing; the first use does */
export function createAccounts(options: AccountsOptions, deps: AccountsDeps): Accounts {
  let opened: Promise<Open> | undefined
  let migrated: Promise<void> | undefined
  const auths = new Map<string, Promise<Auth>>()

  function open(): Promise<Open> {
    opened ??= openAll(options).catch((error: unknown) => {
      opened = undefined
      deps.onError('the database of accounts cannot be opened', error)
      throw error
    })
    return opened
  }

  async function build(origin: string): Promise<Auth> {
    const [{ database, store }, library] = await Promise.all([open(), import('./build-auth.ts')])
    const secret = await secretOf(store, deps.keys)
    const own = { origin, secret, oidc: options.oidc }
    const inside = { database, onError: (message: string) => deps.onError(message) }
    migrated ??= database.alone(() => library.migrateAuth(own, inside))
    await migrated.catch((error: unknown) => {
      migrated = undefined
      throw error
    })
    return library.buildAuth(own, inside)
  }

  function auth(origin: string): Promise<Auth> {
    const known = auths.get(origin)
    if (known !== undefined) return known
    const [oldest] = auths.keys()
    if (auths.size >= originsMax && oldest !== undefined) auths.delete(oldest)
    const made = build(origin)
    made.catch(() => auths.delete(origin))
    auths.set(origin, made)
    return made
  }

  return {
    open,
    auth,
    forget: (origin) => void auths.delete(origin),
    async call(name, { request, reply, origin, isAsSender = true, ...input }) {
      const { api } = await auth(origin)
      const sender = isAsSender ? { headers: headersOf(request, origin) } : {}
      const response = await api[name]({ ...input, ...sender, asResponse: true })
      if (reply) passCookies(response, reply)
      const body: unknown = await response.json().catch(() => null)
      if (!response.ok) throw authError(response.status, body)
      return (body ?? {}) as Record<string, unknown>
    },
    async close() {
      const last = await opened?.catch(() => undefined)
      opened = undefined
      await last?.database.close()
    },
  }
}

async function openAll({ file, databaseUrl }: AccountsOptions): Promise<Open> {
  const { openPortalDatabase } = await import('../store/portal-database.ts')
  const { createSqlStore } = await import('../store/sql-store.ts')
  const database = await openPortalDatabase({ file, url: databaseUrl })
  const tables = database.kysely as unknown as Kysely<AllTables>
  return { database, store: createSqlStore(database.kysely), tables }
}

const secretName = 'secret'
const secretContext = 'portal sessions'

/** Made at the first use. Portals that share a database share it, and the key that wraps it. */
async function secretOf(store: PortalStore, keys: KeyEncryption): Promise<string> {
  const fresh = () => Buffer.from(keys.wrap(randomBytes(48), secretContext)).toString('base64url')
  const wrapped = (await store.setting(secretName)) ?? (await store.settle(secretName, fresh()))
  const plain = keys.unwrap(Buffer.from(wrapped, 'base64url'), secretContext)
  return Buffer.from(plain).toString('base64url')
}

/** Of a request's headers only those that the library has a use for. */
function headersOf({ headers }: FastifyRequest, origin: string): Headers {
  const passed = new Headers({ origin })
  if (headers.cookie !== undefined) passed.set('cookie', headers.cookie)
  const agent = headers['user-agent']
  if (agent !== undefined) passed.set('user-agent', agent.slice(0, 256))
  return passed
}

/** Hands the cookies of the library's answer on. */
export function passCookies(response: Response, reply: FastifyReply): void {
  for (const cookie of response.headers.getSetCookie()) reply.header('set-cookie', cookie)
}
