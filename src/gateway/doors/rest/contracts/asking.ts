import { CodedError } from '@openbsn/sdk'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Framework } from '../../../../frameworks/framework.ts'
import type { JsonObject, JsonValue } from '../../../../kernel/json.ts'
import type { KeyMode } from '../../../../services/service-state.ts'
import type { Caller, Holder, Need } from '../../../access/access.ts'
import { requireFramework, serviceOf } from '../../../framework-of.ts'
import type { ServedLedger } from '../../../served-ledger.ts'
import { tellTransactions } from '../../../tell-transactions.ts'
import type { RestDeps } from '../rest-door.ts'

/** What a route is asked about: a service with contracts. */
export type Place = { readonly ledger: string; readonly service: string }
type Asking = {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** Frameworks that the route is for; EVM alone where not said. */
  readonly kinds?: readonly Kind[] | undefined
} & Place
type Kind = 'evm' | 'fabric'

/** For routes that are for contracts of any framework. */
export const anyContracts = { kinds: ['evm', 'fabric'] } as const
/** For routes that are for contracts of Fabric alone. */
export const onFabric = { kinds: ['fabric'] } as const

/** A service with its framework, and who asks. */
export type Asked = {
  readonly served: ServedLedger
  readonly service: string
  readonly framework: Framework
  /** Absent where anyone may read, and nobody in particular does. */
  readonly caller?: Caller
}
export type AskedBy = Asked & { readonly caller: Caller; readonly holder: Holder }

/** How many requests each counts as against the limit of a second: as the same over JSON-RPC. */
export const costs = { read: 1, call: 2, estimate: 4, send: 5, compile: 20 } as const
export type Cost = keyof typeof costs

const rights = {
  call: { scope: 'records:read', function: 'call' },
  send: { scope: 'records:write', function: 'send' },
} as const
type Right = keyof typeof rights | 'either'

/** Lets in whoever may read. @throws as `Access.allow`, FRAMEWORK_DIFFERS, SERVICE_ELSEWHERE */
export function askedByAny({ request, reply, ...place }: Asking, deps: RestDeps): Asked {
  const { ledger, service, kinds = ['evm'] } = place
  const served = deps.ledgers.get(ledger)
  const caller = deps.access.allow(request, reply, { served, service, ...rights.call })
  const asked = { served, service, framework: requireFramework(served, service, ...kinds) }
  if (!caller) return asked
  count(reply, { served, caller }, 'read', deps)
  return { ...asked, caller }
}

/**
 * Lets in a credential with a right, and counts what it asks for.
 * @throws as `Access.require`, RATE_LIMITED, FRAMEWORK_DIFFERS, SERVICE_ELSEWHERE
 */
export function askedBy(
  { request, reply, ...place }: Asking,
  deps: RestDeps,
  { right, cost }: { readonly right: Right; readonly cost: Cost },
): AskedBy {
  const served = deps.ledgers.get(place.ledger)
  const need = { served, service: place.service }
  const caller =
    right === 'either'
      ? withEither(deps.access.identify(request, reply, served), need, deps)
      : deps.access.require(request, reply, { ...need, ...rights[right] })
  const framework = requireFramework(served, place.service, ...(place.kinds ?? ['evm']))
  const holder = count(reply, { served, caller }, cost, deps)
  return { served, service: place.service, framework, caller, holder }
}

/** Who may ask, or may write: either shows what a function returns. @throws why neither */
function withEither(
  caller: Caller,
  need: Pick<Need, 'served' | 'service'>,
  { access }: Pick<RestDeps, 'access'>,
): Caller {
  const [write, read] = [rights.send, rights.call].map((right) =>
    access.whyNoMore(caller, { ...need, ...right }),
  )
  if (!write || !read) return caller
  throw new CodedError(write.code, write.detail)
}

/** Counts what costs more than one request, and tells of the day's limit as it is counted here. */
function count(
  reply: FastifyReply,
  { served, caller }: Pick<Holder, 'served' | 'caller'>,
  cost: Cost,
  { access, rpcUsage }: RestDeps,
): Holder {
  const writesPerDay = access.writesPerDay(served, caller)
  const limit = writesPerDay === undefined ? {} : { writesPerDay }
  const holder: Holder = { served, caller, ...limit }
  const more = costs[cost] - 1
  // One that costs more than what is left passes, so that a small limit makes nothing impossible.
  if (more > 0) access.takeMore(reply, served, caller, more)
  rpcUsage.add(holder, { calls: 1, cost: costs[cost], transactions: 0 })
  tellTransactions(reply, holder, rpcUsage)
  return holder
}

/** @throws KEY_MODE_DIFFERS */
export function requireKeyMode({ served, service }: Asked, wanted: KeyMode): void {
  const { keyMode } = serviceOf(served, service)
  if (keyMode === wanted) return
  const how =
    wanted === 'key-trust'
      ? 'its clients sign their transactions: send them as "raw" to …/transactions'
      : 'the node signs for its credentials: send "to" and "data", or call a function'
  throw new CodedError('KEY_MODE_DIFFERS', `The service ${service} is of ${keyMode}: ${how}.`)
}

/** Asks the framework; arguments that are undefined are left out. */
export function ask(
  { framework, service, caller }: Asked,
  name: string,
  args: Readonly<Record<string, unknown>> = {},
): Promise<JsonValue> {
  const who = caller ? { credential: caller.credential } : {}
  return framework.query(service, { function: name, args: present(args), ...who })
}

/** What was given of what may be given. */
export function present(args: Readonly<Record<string, unknown>>): JsonObject {
  return Object.fromEntries(
    Object.entries(args).filter(([, value]) => value !== undefined),
  ) as JsonObject
}

/** @throws CONTRACT_NOT_FOUND */
export function foundContract(answer: JsonValue, contract: string): JsonObject {
  if (answer !== null && typeof answer === 'object' && !Array.isArray(answer)) return answer
  const message = `The service has no contract ${JSON.stringify(contract)}.`
  throw new CodedError('CONTRACT_NOT_FOUND', message)
}
