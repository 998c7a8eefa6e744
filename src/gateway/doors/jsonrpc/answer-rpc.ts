import { type CodedError, isCodedError } from '@openbsn/sdk'
import type { Metrics } from '../../metrics.ts'
import type { FinalAnswers } from './final-answers.ts'
import { type Asker, createJudge, type JudgeDeps, type Judged } from './judge-call.ts'
import { type RpcCall, readRequest } from './rpc-calls.ts'
import { type RpcFault, rpcCodes, rpcError } from './rpc-errors.ts'
import { knownMethods, type MethodRule } from './rpc-methods.ts'

export type AnswerDeps = JudgeDeps & {
  readonly finals: FinalAnswers
  readonly metrics: Pick<Metrics, 'rpcCall'>
}

export type Ask = Omit<Asker, 'maySubscribe'> & {
  readonly body: Buffer
  readonly signal: AbortSignal
  /** Asks over the connection of this client's own, which subscriptions are told over. */
  readonly subscribe?: (call: RpcCall) => Promise<Buffer>
}

export type Answer = {
  readonly body: Buffer | string
  /** 429 where a limit refused all of the request, 503 where the chain is not there. */
  readonly status: 200 | 429 | 503
}

/** More calls in one request no tool sends by itself. */
const batchMax = 1000

type Good = Extract<Judged, { readonly rule: MethodRule }>
type Refused = Exclude<Judged, Good>

/**
 * Answers one JSON-RPC request. What may be asked goes to the chain as it came, and its answer
 * comes back as it is; what may not is answered here, each with its own id.
 */
export async function answerRpc(ask: Ask, deps: AnswerDeps): Promise<Answer> {
  const request = readRequest(ask.body, { batchMax })
  if ('code' in request) return { body: rpcError('null', request), status: 200 }
  const { isBatch, calls } = request
  const maySubscribe = ask.subscribe !== undefined && !isBatch
  const judge = createJudge(deps, { ...ask, maySubscribe })
  const judged = calls.map(judge)
  const good = judged.filter((one) => 'rule' in one)
  const refused = judged.filter((one) => !('rule' in one)) as Refused[]
  for (const one of refused) count(deps, one.call, one.isLimit ? 'limited' : 'refused')
  const [only] = good
  const asked = isBatch ? await askBatch(ask, deps, good, refused) : await askOne(ask, deps, only)
  const { fault } = asked
  if (fault) refused.push(...good.map(({ call }) => ({ call, fault })))
  const status = statusOf(refused, calls.length)
  const errors = refused.map(({ call, fault }) => rpcError(call.id, fault))
  if (!isBatch) return { body: asked.bytes ?? errors[0] ?? '', status }
  return { body: joined(asked.bytes, errors), status }
}

/** Bytes of the chain, or why there are none; neither where nothing was to be asked. */
type Asked = { readonly bytes?: Buffer; readonly fault?: RpcFault }

async function askOne(ask: Ask, deps: AnswerDeps, good: Good | undefined): Promise<Asked> {
  if (!good) return {}
  const { call, rule } = good
  const { chain, signal } = ask
  const { epoch } = chain
  const known = deps.finals.find(chain, call)
  if (known) return counted({ bytes: known }, deps, [good])
  const send = async () => {
    if (rule.isSocketOnly && ask.subscribe) return ask.subscribe(call)
    return chain.send({ body: call.raw, changes: rule.function === 'send', signal })
  }
  const asked = await told(send)
  if (asked.bytes) deps.finals.keep(chain, call, epoch, asked.bytes)
  return counted(asked, deps, [good])
}

async function askBatch(
  { chain, body, signal }: Ask,
  deps: AnswerDeps,
  good: readonly Good[],
  refused: readonly Refused[],
): Promise<Asked> {
  if (good.length === 0) return {}
  const raw = refused.length === 0 ? body : batchOf(good.map(({ call }) => call))
  const changes = good.some(({ rule }) => rule.function === 'send')
  return counted(await told(() => chain.send({ body: raw, changes, signal })), deps, good)
}

function batchOf(calls: readonly RpcCall[]): Buffer {
  const parts = calls.flatMap(({ raw }, i) => [Buffer.from(i === 0 ? '[' : ','), raw])
  return Buffer.concat([...parts, Buffer.from(']')])
}

/** Answers of the chain and of ours as one list; a client tells them apart by their ids. */
function joined(bytes: Buffer | undefined, errors: readonly string[]): Buffer | string {
  if (!bytes) return `[${errors.join(',')}]`
  if (errors.length === 0) return bytes
  const isList = bytes[0] === 0x5b
  const inside = isList ? bytes.subarray(1, -1) : bytes
  const comma = inside.length > 0 ? ',' : ''
  return Buffer.concat([Buffer.from('['), inside, Buffer.from(`${comma}${errors.join(',')}]`)])
}

function statusOf(refused: readonly Refused[], calls: number): Answer['status'] {
  if (refused.length < calls) return 200
  if (refused.every(({ isLimit }) => isLimit)) return 429
  return refused.every(({ fault }) => fault.retryable) ? 503 : 200
}

async function told(send: () => Promise<Buffer>): Promise<Asked> {
  try {
    return { bytes: await send() }
  } catch (error) {
    if (!isCodedError(error) || !error.code.startsWith('CHAIN_')) throw error
    return { fault: faultOf(error) }
  }
}

function faultOf({ code, message, retryable }: CodedError): RpcFault {
  if (code === 'CHAIN_FULL') return { code: rpcCodes.rejected, message }
  const isLimit = code === 'CHAIN_TIMEOUT' || code === 'CHAIN_ANSWER_TOO_LARGE'
  return { code: isLimit ? rpcCodes.limitExceeded : rpcCodes.unavailable, message, retryable }
}

function counted(asked: Asked, deps: AnswerDeps, good: readonly Good[]): Asked {
  for (const { call } of good) count(deps, call, asked.bytes ? 'answered' : 'failed')
  return asked
}

type Result = Parameters<Metrics['rpcCall']>[1]

function count({ metrics }: AnswerDeps, call: Judged['call'], result: Result): void {
  const isKnown = 'method' in call && knownMethods.has(call.method)
  metrics.rpcCall(isKnown ? call.method : 'other', result)
}
