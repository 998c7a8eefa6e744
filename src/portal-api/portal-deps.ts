import type { Signer } from '@openbsn/sdk'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { KeyEncryption } from '../crypto/key-encryption.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { OidcOptions } from './auth/build-auth.ts'

export type PortalOptions = {
  /** File of SQLite. */
  readonly file: string
  /** `postgres://…`, in the place of the file: portals share it. */
  readonly databaseUrl?: string | undefined
  readonly oidc?: OidcOptions | undefined
  /** Whether owners and administrators must have a passkey or an authenticator. */
  readonly needsSecondFactor: boolean
  /** Of the running program. */
  readonly version: string
}

/** A ledger that organisations build on. */
export type PortalLedger = {
  readonly ledger: Ledger
  /** Who signs in the name of this node's operator; absent where the node only reads. */
  readonly operator?: { readonly id: string; readonly signer: Signer }
}

export type PortalDeps = {
  readonly ledgers: () => readonly PortalLedger[]
  readonly keys: KeyEncryption
  readonly clock: Clock
  readonly log: PortalLog
  /** The origin that a request was sent to; undefined where it was meant for another machine. */
  readonly originOf: (request: FastifyRequest) => string | undefined
  /** Whether a program on this machine asks. */
  readonly isLocal: (request: FastifyRequest) => boolean
  /** The network that a connection comes from, as limits count it. */
  readonly networkOf: (request: FastifyRequest) => string
}

/** What is asked for of a service of one's own: to see how things are, or to change something. */
export type ServiceNeed = 'read' | 'webhook-change' | 'contract-define'

/**
 * What a gateway keeps of services, as routes below `/ledgers/{ledger}/services/{service}`, for
 * whoever `requirePublisher` lets go on: webhooks, usage, the request log, packages.
 */
export type PublisherRoutes = FastifyPluginAsync<{
  readonly requirePublisher: (
    request: FastifyRequest,
    reply: FastifyReply,
    need: ServiceNeed,
  ) => Promise<void>
}>

/** The log, as far as the portal writes to it. */
export type PortalLog = {
  error(fields: { readonly event: string; readonly err?: unknown }, message: string): void
  warn(fields: { readonly event: string; readonly err?: unknown }, message: string): void
}
