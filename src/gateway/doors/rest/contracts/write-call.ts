import { CodedError, idempotencyActId } from '@openbsn/sdk'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Call, CallOutcome } from '../../../../frameworks/framework.ts'
import { assert } from '../../../../kernel/assert.ts'
import type { JsonObject } from '../../../../kernel/json.ts'
import { requestKeyOf } from '../../../idempotency-key.ts'
import { sendProblem } from '../../../problem.ts'
import { tellTransactions } from '../../../tell-transactions.ts'
import type { RestDeps } from '../rest-door.ts'
import type { AskedBy } from './asking.ts'
import { receiptText } from './receipt-text.ts'

/** A client that goes away does not take back what it sent. */
const never = new AbortController().signal

type Committed = Extract<CallOutcome, { readonly state: 'committed' }>

/** A call that changes something, and where what it makes is found. */
export type Write = {
  readonly asked: AskedBy
  readonly function: 'deploy' | 'send'
  readonly args: JsonObject
  /** Below the service. */
  readonly location: (committed: Committed) => string
}

/**
 * Makes a call under the Idempotency-Key of the request. 201 where it is done, 200 where it was
 * done before, 202 where it is not final in time.
 * @throws QUOTA_EXCEEDED, IDEMPOTENCY_KEY_INVALID, CALL_NOT_SENT, CALL_FATE_UNKNOWN, and what the
 * framework throws
 */
export async function writeCall(
  request: FastifyRequest,
  reply: FastifyReply,
  { asked, location, ...what }: Write,
  deps: RestDeps,
): Promise<FastifyReply> {
  const key = requestKeyOf(request, reply)
  const call: Call = { ...asked.caller, ...what, id: idempotencyActId(key) }
  const isCounted = await takeWrite(call, reply, asked, deps)
  const written = submit(call, asked, { isCounted, before: reply.elapsedTime, reply }, deps)
  const outcome = await inTime(written, deps)
  // Only now is it known what the day has left.
  tellTransactions(reply, asked.holder, deps.rpcUsage)
  reply.header('cache-control', 'no-store')
  const base = `/api/v1/ledgers/${asked.served.ledger.id}/services/${asked.service}`
  if (!outcome) {
    reply.code(202).header('location', `${base}/requests/${encodeURIComponent(key)}`)
    return reply.send({ request: key, state: 'pending' })
  }
  if (outcome.state === 'rejected') return sendProblem(reply, rejectionOfCall(outcome))
  reply.code(outcome.isRepeat ? 200 : 201).header('location', base + location(outcome))
  const told = { request: key, isRepeat: outcome.isRepeat }
  return reply.send({ ...committedCall(asked, outcome), ...told })
}

/** A committed call as answers tell it. */
export function committedCall(
  { framework, service }: Pick<AskedBy, 'framework' | 'service'>,
  { place, result }: Committed,
): JsonObject {
  const receipt = receiptText(framework, service, place.transaction)
  return { ...result, state: 'committed', ...place, receipt }
}

/** Why a call was rejected, in the words of whoever sent an Idempotency-Key. */
export function rejectionOfCall({
  code,
  detail,
}: {
  readonly code: string
  readonly detail: string
}) {
  if (code !== 'ACT_ID_CONFLICT') return { code, detail }
  const told = 'The Idempotency-Key was used before, for another call.'
  return { code: 'IDEMPOTENCY_KEY_REUSED', detail: told }
}

/**
 * Counts a write ahead; a repeat is given back. Where the day has none left, only a repeat goes on.
 * @throws QUOTA_EXCEEDED
 */
async function takeWrite(
  call: Call,
  reply: FastifyReply,
  { framework, holder }: AskedBy,
  { rpcUsage }: RestDeps,
): Promise<boolean> {
  const { writesPerDay } = holder
  if (writesPerDay === undefined || rpcUsage.today(holder).transactions < writesPerDay) {
    rpcUsage.add(holder, oneWrite)
    return true
  }
  const { state } = await framework.status(call)
  if (state === 'committed' || state === 'pending') return false
  tellTransactions(reply, holder, rpcUsage)
  const message = `More than ${writesPerDay} transactions of this credential today.`
  throw new CodedError('QUOTA_EXCEEDED', message)
}

const oneWrite = { calls: 0, cost: 0, transactions: 1 }

type Counted = {
  readonly isCounted: boolean
  readonly before: number
  readonly reply: FastifyReply
}

/** However long it takes, what became of it is counted once. */
async function submit(
  call: Call,
  { framework, holder }: AskedBy,
  { isCounted, before, reply }: Counted,
  { metrics, rpcUsage }: RestDeps,
): Promise<CallOutcome> {
  // What is to be added to what was counted ahead, as long as nothing has an effect.
  let change = isCounted ? -1 : 0
  try {
    const [outcome] = await framework.submit([call], never)
    assert(outcome !== undefined, 'every call has an outcome')
    if (outcome.state === 'committed' && !outcome.isRepeat) change++
    const engine = framework.name === 'fabric' ? 'fabric' : 'evm'
    metrics.committed((reply.elapsedTime - before) / 1000, engine)
    metrics.submitted(resultOf(outcome), 1, engine)
    if (outcome.state === 'rejected') metrics.refused(outcome.code)
    return outcome
  } catch (error) {
    // It may have one, which was counted when it came first.
    const isUnknown = error instanceof CodedError && error.code === 'CALL_FATE_UNKNOWN'
    if (isUnknown && error.details.isRepeat !== true) change = 0
    throw error
  } finally {
    if (change !== 0) rpcUsage.add(holder, { ...oneWrite, transactions: change })
  }
}

function resultOf(outcome: CallOutcome) {
  if (outcome.state === 'rejected') return 'refused'
  return outcome.isRepeat ? 'duplicate' : 'appended'
}

/** The outcome, or undefined where it is not there in time: then nobody hears of a fault but we. */
async function inTime(
  written: Promise<CallOutcome>,
  { options, logger }: RestDeps,
): Promise<CallOutcome | undefined> {
  let timer: NodeJS.Timeout | undefined
  let isLate = false
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      isLate = true
      resolve(undefined)
    }, options.writeWaitMs)
  })
  written.catch((err: unknown) => {
    if (isLate) logger.warn({ event: 'write.failed', err }, 'a call failed after its answer')
  })
  try {
    return await Promise.race([written, late])
  } finally {
    clearTimeout(timer)
  }
}
