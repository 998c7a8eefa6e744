import { CodedError } from './errors.ts'
import type { PooledGateway } from './gateway-pool.ts'
import type { Request } from './try-gateway.ts'

/** A gateway, and whether it failed lately. */
export type Picked = { readonly gateway: PooledGateway; readonly isResting: boolean }

/** The gateways as one request sees them. */
export type Route<T> = {
  /** The next to ask, none of `left`; undefined where there is no other one. */
  pick(left: ReadonlySet<PooledGateway>): Picked | undefined
  /** What it answers, or why that is no good. */
  ask(gateway: PooledGateway): Promise<T | CodedError>
  /** Why there is nobody to ask at all. */
  none(): CodedError
}

export type Tries = { readonly attemptsMax: number; readonly retryDelayMs: number }

/**
 * Asks one gateway after the other until one answers. One that lies, or that does not serve the
 * ledger, is not asked twice.
 * @throws the last error, or the one that leaves open whether the request had its effect
 */
export async function sendOn<T>(
  { pick, ask, none }: Route<T>,
  { attemptsMax, retryDelayMs }: Tries,
  request: Pick<Request, 'isRepeatable'>,
): Promise<T> {
  const left = new Set<PooledGateway>()
  let [unknown, last]: (CodedError | undefined)[] = []
  let only: Picked | undefined
  let waits = 0
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const picked = only ?? pick(left)
    if (!picked) break
    if (needsPause(picked, last)) await sleep(retryDelayMs * Math.min(factorMax, 2 ** waits++))
    const answer = await ask(picked.gateway)
    if (!(answer instanceof CodedError)) return answer
    last = answer
    if (isFinal(answer, request)) break
    if (isForOthers(answer)) left.add(picked.gateway)
    if (isFateUnknown(answer)) [unknown, only] = [answer, stayAt(picked, request)]
  }
  throw last ? settled(last, unknown) : none()
}

/** Longest wait, in times of the first. */
const factorMax = 10

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Before anybody is asked again that failed or was busy just now. */
function needsPause({ isResting }: Picked, last: CodedError | undefined): boolean {
  return last !== undefined && (isResting || last.details.status === 429)
}

/** What only another gateway can do better. */
function isForOthers(error: CodedError): boolean {
  const { code } = error
  return code === 'GATEWAY_LIES' || code === 'SERVICE_ELSEWHERE' || lacksLedger(error)
}

/** True where a gateway works, but not for this ledger. */
export const lacksLedger = ({ code }: CodedError) =>
  code === 'LEDGER_NOT_FOUND' || code === 'LEDGER_ELSEWHERE'

/** Where another gateway would do something else than this one, which may have done it. */
const stayAt = ({ gateway }: Picked, { isRepeatable }: Pick<Request, 'isRepeatable'>) =>
  isRepeatable === 'there' ? { gateway, isResting: true } : undefined

function isFinal(error: CodedError, { isRepeatable }: Pick<Request, 'isRepeatable'>): boolean {
  if (isRepeatable === false && isFateUnknown(error)) return true
  if (isRepeatable === 'there' && error.code === 'GATEWAY_LIES') return true
  return !error.retryable && !isForOthers(error)
}

/** True where a request may have had its effect although nothing good was heard of it. */
function isFateUnknown({ details, code }: CodedError): boolean {
  return details.fate === 'unknown' || code === 'CALL_FATE_UNKNOWN' || code === 'GATEWAY_LIES'
}

/**
 * What is told after the last try. A later gateway that is closed, or that does not know the
 * sender, says nothing about what an earlier one did.
 */
function settled(error: CodedError, unknown: CodedError | undefined): CodedError {
  const saysNothing = error.retryable || [401, 403, 404].includes(Number(error.details.status))
  if (!unknown || !saysNothing || isFateUnknown(error)) return error
  const fate = unknown.code === 'GATEWAY_LIES' ? {} : { fate: 'unknown' }
  return new CodedError(unknown.code, unknown.message, {
    retryable: true,
    details: { ...unknown.details, ...fate },
    cause: error,
  })
}
