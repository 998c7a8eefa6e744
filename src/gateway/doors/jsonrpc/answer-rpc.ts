import { type CodedError, isCodedError } from '@openbsn/sdk'
import type { ChainCall } from '../../../frameworks/evm/chain.ts'
import type { Metrics, RpcResult } from '../../metrics.ts'
import type { FinalAnswers } from './final-answers.ts'
import { type Asker, createJudge, type JudgeDeps, type Judged } from './judge-call.ts'
import { type RpcCall, readRequest } from './rpc-calls.ts'
import { type RpcFault, rpcCodes, rpcError } from './rpc-errors.ts'
import { knownMethods, type MethodRule } from './rpc-methods.ts'

export type AnswerDeps = JudgeDeps & {
  readonly finals: FinalAnswers
  readonly metrics: Pick<Metrics, 'rpcCalls'>
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
  const { judge, settle } = createJudge(deps, { ...ask, maySubscribe })
  const judged = calls.map(judge)
  settle()
  const good = judged.filter((one) => 'rule' in one)
  const refused = judged.filter((one) => !('rule' in one)) as Refused[]
  const isLimited = ({ isLimit }: Refused) => isLimit === true
  count(deps, refused.filter(isLimited), 'limited')
  count(
    deps,
    refused.filter((one) => !isLimited(one)),
    'refused',
  )
  const [only] = good
  const isWhole = isBatch && refused.length === 0
  const asked = isBatch
    ? await askBatch(ask, deps, { good, isWhole })
    : [await askOne(ask, deps, only)]
  for (const { fault, calls: failed = good } of asked) {
    if (fault) refused.push(...failed.map(({ call }) => ({ call, fault })))
  }
  const status = statusOf(refused, calls.length)
  const errors = refused.map(({ call, fault }) => rpcError(call.id, fault))
  const answers = asked.flatMap(({ bytes }) => bytes ?? [])
  if (!isBatch) return { body: answers[0] ?? errors[0] ?? '', status }
  return { body: joined(answers, errors), status }
}

/** Bytes of the chain, or why there are none; neither where nothing was to be asked. */
type Asked = {
  readonly bytes?: Buffer
  readonly fault?: RpcFault
  /** All of them where absent. */
  readonly calls?: readonly Good[]
}

async function askOne(ask: Ask, deps: AnswerDeps, good: Good | undefined): Promise<Asked> {
  if (!good) return {}
  const { call, rule } = good
  const { chain, signal } = ask
  const { epoch } = chain
  const known = deps.finals.find(chain, call)
  if (known) return counted({ bytes: known }, deps, [good])
  const send = async () => {
    if (rule.isSocketOnly && ask.subscribe) return ask.subscribe(call)
    return chain.send({ body: call.raw, ...changesOf([good]), signal })
  }
  const asked = await told(send)
  if (asked.bytes) deps.finals.keep(chain, call, epoch, asked.bytes)
  return counted(asked, deps, [good])
}

/** A piece that took less may be followed by one of twice the weight. */
const quickMs = 250
const firstWeight = 100
/** After this time no more pieces are asked; the last one may take some seconds more. */
const batchMsMax = 20_000

/**
 * A batch goes to the chain as it came, and in pieces only where it is heavy: an engine works on
 * all of a batch at once, and would be deaf to everybody else for minutes.
 */
async function askBatch(
  { chain, body, signal }: Ask,
  deps: AnswerDeps,
  { good, isWhole }: { readonly good: readonly Good[]; readonly isWhole: boolean },
): Promise<readonly Asked[]> {
  const startMs = performance.now()
  const asked: Asked[] = []
  let weightMax = firstWeight
  for (let from = 0; from < good.length; ) {
    const calls = pieceOf(good, from, weightMax)
    from += calls.length
    const raw = isWhole && calls.length === good.length ? body : batchOf(calls)
    const sentMs = performance.now()
    const isLate = sentMs - startMs > batchMsMax
    const send = () => chain.send({ body: raw, ...changesOf(calls), signal })
    asked.push(counted({ ...(isLate ? { fault: tooLong } : await told(send)), calls }, deps, calls))
    if (performance.now() - sentMs < quickMs) weightMax *= 2
  }
  return asked
}

/** What calls do to the chain; not all that changes it is a transaction. */
function changesOf(calls: readonly Good[]): Pick<ChainCall, 'changes' | 'transactions'> {
  const changing = calls.filter(({ rule }) => rule.function === 'send')
  const transactions = changing.filter(({ call }) => call.method.startsWith('eth_send')).length
  return { changes: changing.length > 0, transactions }
}

const tooLong: RpcFault = {
  code: rpcCodes.limitExceeded,
  message: 'The batch takes too long: ask for less at one time.',
}

/** The next calls of a batch, of so much weight together, and at least one. */
function pieceOf(good: readonly Good[], from: number, weightMax: number): readonly Good[] {
  let weight = 0
  const isOver = ({ rule }: Good, i: number) => {
    weight += rule.weight ?? 0
    return i > from && weight > weightMax
  }
  const end = good.findIndex((one, i) => i >= from && isOver(one, i))
  return good.slice(from, end < 0 ? good.length : end)
}

function batchOf(calls: readonly Good[]): Buffer {
  const parts = calls.flatMap(({ call }, i) => [Buffer.from(i === 0 ? '[' : ','), call.raw])
  return Buffer.concat([...parts, Buffer.from(']')])
}

/** Answers of the chain and of ours as one list; a client tells them apart by their ids. */
function joined(answers: readonly Buffer[], errors: readonly string[]): Buffer | string {
  const [only] = answers
  if (only && answers.length === 1 && errors.length === 0) return only
  const inside = answers.map((one) => (one[0] === 0x5b ? one.subarray(1, -1) : one))
  const parts = [...inside, ...errors.map((one) => Buffer.from(one))].filter(
    ({ length }) => length > 0,
  )
  const listed = parts.flatMap((one, i) => (i === 0 ? [one] : [comma, one]))
  return Buffer.concat([Buffer.from('['), ...listed, Buffer.from(']')])
}

const comma = Buffer.from(',')

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
  count(deps, good, asked.bytes ? 'answered' : 'failed')
  return asked
}

/** Once for each method: a batch is mostly of one. */
function count({ metrics }: AnswerDeps, judged: readonly Judged[], result: RpcResult): void {
  const counts = new Map<string, number>()
  for (const { call } of judged) {
    const name = 'method' in call && knownMethods.has(call.method) ? call.method : 'other'
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  for (const [name, calls] of counts) metrics.rpcCalls(name, result, calls)
}
