import { CodedError } from '@openbsn/sdk'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../kernel/clock.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import type { GatewayOptions } from '../options.ts'
import { trailCaller } from '../request-log/request-trail.ts'
import type { ServedLedger } from '../served-ledger.ts'
import type { Access, Caller, Holder } from './access.ts'
import { authenticate, bearerIn, hasCredentials, keyHolder, mayBeOf } from './authenticate.ts'
import { bodyDigestsOf } from './body-digests.ts'
import type { Buckets } from './buckets.ts'
import {
  type Named,
  namedCredential,
  namedService,
  signingCredential,
  whyNot,
} from './credential.ts'
import { type CredentialLimits, createCredentialLimits } from './credential-limits.ts'
import type { ReceivedRequest } from './http-signature.ts'
import type { Nonces } from './nonces.ts'
import { authorityOf, isOwnAuthority } from './own-host.ts'
import { rateLimited } from './rate-limited.ts'
import { objectsOf } from './state-objects.ts'
import type { Strangers } from './strangers.ts'

export type AccessOptions = Pick<GatewayOptions, 'names' | 'credentialPerSecond'>
export type AccessDeps = {
  readonly clock: Clock
  /** Of credentials, by ledger and id. */
  readonly buckets: Buckets
  readonly nonces: Nonces
  readonly strangers: Strangers
}

/** @throws nothing; its methods do */
export function createAccess(options: AccessOptions, deps: AccessDeps): Access {
  /** By which the state decides: block time stands still where nothing is written. */
  const timeOf = ({ head }: Ledger) => Math.max(head.time, deps.clock.nowSeconds())
  const knownOf = (served: ServedLedger) => ({
    objects: objectsOf(served.ledger),
    environment: served.environment ?? served.ledger.genesis.environment ?? 'live',
    time: timeOf(served.ledger),
  })
  const limits = createCredentialLimits(options, { buckets: deps.buckets, timeOf })

  function whoIs(request: FastifyRequest, served: ServedLedger) {
    const { nonces } = deps
    return authenticate(receivedOf(request), {
      ...{ ...knownOf(served), nonces, nowSeconds: deps.clock.nowSeconds() },
      isOwnAuthority: isOwnAuthority(request, options.names),
    })
  }

  /** Whose limit was filled up between the two looks at it. */
  const counted = new WeakSet<FastifyRequest>()

  function count(reply: FastifyReply, credential: Named, served: ServedLedger): void {
    const { granted, limit } = limits.take(reply, credential, served, 1)
    if (granted !== 1) throw rateLimited(overLimit(limit))
  }

  function identified(request: FastifyRequest, reply: FastifyReply, served: ServedLedger) {
    try {
      const credential = whoIs(request, served)
      trailCaller(request, { served, caller: callerOf(credential) })
      if (!counted.has(request)) count(reply, credential, served)
      reply.header('cache-control', 'no-store')
      return credential
    } catch (error) {
      if (error instanceof CodedError && error.code !== 'RATE_LIMITED') {
        // Who guesses is a stranger, and has a stranger's limit.
        deps.strangers.take(request)
      }
      throw error
    }
  }

  const require: Access['require'] = (request, reply, need) => {
    const credential = identified(request, reply, need.served)
    const { ledger } = need.served
    const refusal = whyNot(objectsOf(ledger), credential, need, timeOf(ledger))
    if (!refusal) return callerOf(credential)
    throw new CodedError(refusal.code, refusal.detail)
  }

  return {
    require,
    allow: (request, reply, need) => {
      const service = namedService(objectsOf(need.served.ledger), need.service)
      if (service?.readers !== 'anyone' || hasCredentials(request))
        return require(request, reply, need)
      deps.strangers.take(request)
      return undefined
    },
    refuseSpent: (request, reply, served) => {
      const key = bearerIn(request.headers.authorization)
      const credential = key === undefined ? undefined : keyedIn(key, knownOf(served))
      if (!credential || limits.left(credential, served) > 0) return
      identified(request, reply, served)
      counted.add(request)
    },
    holder: (request, key, all) => {
      const found = all.map((served) => holderIn(served, key, knownOf(served)))
      const holder = found.find((one) => one !== undefined) ?? unknownHolder(request, deps)
      trailCaller(request, holder)
      return holder
    },
    ...limiters(limits),
    ...namers(knownOf, limits),
    identify: (request, reply, served) => callerOf(identified(request, reply, served)),
    whyNoMore: ({ credential: id }, need) => {
      const { ledger } = need.served
      const credential = namedCredential(objectsOf(ledger), id)
      if (credential) return whyNot(objectsOf(ledger), credential, need, timeOf(ledger))
      return { code: 'CREDENTIAL_UNKNOWN', detail: 'The credential is gone.' }
    },
  }
}

/** What callers who are known already may still do. */
function limiters(
  limits: CredentialLimits,
): Pick<Access, 'takeMore' | 'left' | 'writesPerDay' | 'tell'> {
  const named = ({ ledger }: ServedLedger, { credential }: Caller) =>
    namedCredential(objectsOf(ledger), credential)
  return {
    takeMore: (reply, served, caller, count) => {
      const credential = named(served, caller)
      return credential ? limits.take(reply, credential, served, count).granted : 0
    },
    left: (served, caller) => {
      const credential = named(served, caller)
      return credential ? limits.left(credential, served) : 0
    },
    writesPerDay: (served, caller) => named(served, caller)?.writesPerDay,
    tell: (reply, served, caller) => {
      const credential = named(served, caller)
      if (credential?.writesPerDay !== undefined) limits.take(reply, credential, served, 0)
    },
  }
}

type KnownOf = (served: ServedLedger) => Parameters<typeof keyHolder>[1]

/** Says who it was where no route asked. */
function namers(
  knownOf: KnownOf,
  limits: CredentialLimits,
): Pick<Access, 'recognise' | 'nameSigner'> {
  return {
    recognise: ({ headers }, served) => {
      const key = bearerIn(headers.authorization)
      return key === undefined ? undefined : holderIn(served, key, knownOf(served))?.caller
    },
    nameSigner: (request, served, authority, reply) => {
      const credential = signingCredential(objectsOf(served.ledger), authority)
      if (!credential) return
      trailCaller(request, { served, caller: callerOf(credential) })
      if (reply) limits.take(reply, credential, served, 0)
    },
  }
}

const overLimit = (limit: number) => `More than ${limit} requests a second with this credential.`

function unknownHolder(request: FastifyRequest, { strangers }: AccessDeps): never {
  strangers.take(request)
  throw new CodedError('CREDENTIAL_UNKNOWN', 'No credential has this key.')
}

/** Who has a key in one ledger; undefined where nobody has. */
function holderIn(
  served: ServedLedger,
  key: string,
  deps: Parameters<typeof keyHolder>[1],
): Holder | undefined {
  const credential = keyedIn(key, deps)
  if (!credential) return undefined
  const { writesPerDay } = credential
  const caller = callerOf(credential)
  return { served, caller, ...(writesPerDay === undefined ? {} : { writesPerDay }) }
}

/** The credential that has a key; undefined where none has. */
function keyedIn(key: string, deps: Parameters<typeof keyHolder>[1]): Named | undefined {
  // Of two environments one is ruled out at once: an error that is made costs as much as the rest.
  if (!mayBeOf(deps.environment, key)) return undefined
  try {
    return keyHolder(key, deps)
  } catch (error) {
    if (error instanceof CodedError) return undefined
    throw error
  }
}

const callerOf = (credential: Named): Caller => ({
  credential: credential.id,
  service: credential.service,
})

/** Of two lines of one name the server reads one, and a proxy before it may read the other. */
const single = new Set([
  ...['authorization', 'host', 'content-type', 'idempotency-key'],
  ...['signature', 'signature-input', 'content-digest'],
])

/** @throws AUTHENTICATION_AMBIGUOUS */
function requireSingle({ raw: { rawHeaders } }: FastifyRequest): void {
  const seen = new Set<string>()
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase()
    if (single.has(name) && seen.has(name)) {
      throw new CodedError('AUTHENTICATION_AMBIGUOUS', `The header ${name} comes twice.`)
    }
    seen.add(name)
  }
}

function receivedOf(request: FastifyRequest): ReceivedRequest {
  requireSingle(request)
  return {
    method: request.method,
    target: request.raw.url ?? '',
    authority: authorityOf(request),
    headers: request.headers,
    body: bodyDigestsOf(request),
  }
}
