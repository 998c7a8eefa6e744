import { CodedError } from '@openbsn/sdk'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../kernel/clock.ts'
import type { Accounts } from './auth/accounts.ts'
import { isSet } from './auth/auth-tables.ts'

/** Who is signed in. */
export type Session = {
  readonly id: string
  /** Never leaves the server but in the cookie. */
  readonly token: string
  /** Seconds since 1970: when it ends unless something is asked before. */
  readonly expires: number
  readonly origin: string
  readonly account: {
    readonly id: string
    readonly name: string
    readonly email: string
    /** Of the node. */
    readonly isAdministrator: boolean
    readonly hasTotp: boolean
  }
}

/** However busy a session is, it ends after so long. */
export const sessionSecondsMax = 12 * 3600
/** How long it counts that somebody showed anew who it is. */
export const stepUpSeconds = 300

/** Asks who is there. */
export interface Sessions {
  /** The origin of this portal that the request was sent to. @throws ORIGIN_REFUSED */
  originOf(request: FastifyRequest): string
  /** @throws SIGN_IN_REQUIRED, ORIGIN_REFUSED, PORTAL_UNAVAILABLE */
  require(request: FastifyRequest, reply: FastifyReply): Promise<Session>
  /** Without `reply` nothing of it is told: a session that goes on is not prolonged. */
  find(request: FastifyRequest, reply?: FastifyReply): Promise<Session | undefined>
  /** Ends the session that a request came with, where it has one: another one takes its place. */
  end(session: Session): Promise<void>
  /** @throws STEP_UP_REQUIRED */
  requireStepUp(session: Session): Promise<void>
  stepUp(session: Pick<Session, 'id'>): Promise<{ readonly until: number }>
}

export type SessionsDeps = {
  readonly accounts: Accounts
  readonly clock: Clock
  readonly originOf: (request: FastifyRequest) => string | undefined
}

/** Sessions over the authentication library. */
export function createSessions({ accounts, clock, originOf }: SessionsDeps): Sessions {
  function own(request: FastifyRequest): string {
    const origin = originOf(request)
    if (origin !== undefined) return origin
    throw new CodedError('ORIGIN_REFUSED', 'That name is not one of this portal.')
  }

  async function find(request: FastifyRequest, reply?: FastifyReply): Promise<Session | undefined> {
    const origin = own(request)
    if (request.headers.cookie === undefined) return undefined
    const to = reply ? { reply } : { query: { disableRefresh: true } }
    const found = await accounts.call('getSession', { request, origin, ...to })
    const session = sessionOf(found, origin)
    if (!session) return undefined
    const { created, ...rest } = session
    if (clock.nowSeconds() < created + sessionSecondsMax) return rest
    await end(rest)
    return undefined
  }

  async function end({ origin, token }: Session): Promise<void> {
    const { internalAdapter } = await (await accounts.auth(origin)).$context
    await internalAdapter.deleteSession(token)
  }

  return {
    originOf: own,
    find,
    end,
    async require(request, reply) {
      const session = await find(request, reply)
      if (session) return session
      throw new CodedError('SIGN_IN_REQUIRED', 'Nobody is signed in, or the session is over.')
    },
    async requireStepUp({ id }) {
      const { store } = await accounts.open()
      if ((await store.steppedUpUntil(id)) > clock.nowSeconds()) return
      const message = 'Show anew who you are: by password, code or passkey.'
      throw new CodedError('STEP_UP_REQUIRED', message)
    },
    async stepUp({ id }) {
      const now = clock.nowSeconds()
      const { store } = await accounts.open()
      await store.putStepUp(id, now + stepUpSeconds, now)
      return { until: now + stepUpSeconds }
    },
  }
}

type Found = {
  readonly session?: { id: string; token: string; createdAt: string; expiresAt: string }
  readonly user?: {
    id: string
    name: string
    email: string
    administrator?: boolean | null
    twoFactorEnabled?: boolean | null
  }
}

function sessionOf(found: Found, origin: string): (Session & { created: number }) | undefined {
  const { session, user } = found
  if (!session || !user) return undefined
  const seconds = (text: string) => Math.floor(new Date(text).getTime() / 1000)
  return {
    id: session.id,
    token: session.token,
    created: seconds(session.createdAt),
    expires: seconds(session.expiresAt),
    origin,
    account: {
      id: user.id,
      name: user.name,
      email: user.email,
      isAdministrator: isSet(user.administrator ?? null),
      hasTotp: isSet(user.twoFactorEnabled ?? null),
    },
  }
}

/** @throws ADMINISTRATOR_REQUIRED */
export function requireAdministrator({ account }: Session): void {
  if (account.isAdministrator) return
  throw new CodedError('ADMINISTRATOR_REQUIRED', 'Only administrators of the node do this.')
}
