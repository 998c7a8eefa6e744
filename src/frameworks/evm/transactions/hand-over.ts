import { isCodedError } from '@openbsn/sdk'
import { pause } from '../../../engines/pause.ts'
import type { Chain } from '../chain.ts'
import { askMany, type RpcAnswer } from '../chain-rpc.ts'
import { type ChainRefusal, chainRefusal } from './chain-refusal.ts'
import type { SignedBytes } from './unsigned-transaction.ts'

/** What became of one: the chain has it, does not take it, or gave no answer. */
export type Handed = 'taken' | 'unknown' | ChainRefusal

export type HandOverOptions = {
  readonly signal: AbortSignal
  /** Of a sandbox: for which they were signed. They are sent in no other one. */
  readonly epoch?: number | undefined
  /** How often one without an answer is looked up and sent again. */
  readonly triesMax: number
  readonly retryMs: number
}

/** Before a chain has it, or any of a batch. */
const notSentCodes = ['CHAIN_UNAVAILABLE', 'CHAIN_BUSY', 'CHAIN_FULL']

/**
 * Gives signed transactions to a chain as one batch, which has them in this order. What got no
 * answer is looked up by its hash, and sent again as it is where the chain does not know it: it has
 * one effect.
 * @throws CHAIN_UNAVAILABLE, CHAIN_BUSY, CHAIN_FULL: none of them was sent
 */
export async function handOver(
  chain: Chain,
  list: readonly SignedBytes[],
  options: HandOverOptions,
): Promise<Handed[]> {
  const { epoch = chain.epoch } = options
  const handed = await send(chain, list, options, true)
  for (let tries = 1; handed.includes('unknown') && tries <= options.triesMax; tries++) {
    const open = list.flatMap((one, at) => (handed[at] === 'unknown' ? [{ one, at }] : []))
    const found = await lookUp(
      chain,
      open.map(({ one }) => one),
      options.signal,
    )
    open.forEach(({ at }, i) => {
      if (found[i] === true) handed[at] = 'taken'
    })
    // A sandbox that went back does not take what was signed for a later state of it.
    if (chain.epoch !== epoch && chain.kind === 'sandbox') break
    const again = open.filter((_, i) => found[i] === false)
    const answers = await send(
      chain,
      again.map(({ one }) => one),
      options,
      false,
    )
    again.forEach(({ at }, i) => {
      handed[at] = answers[i] ?? 'unknown'
    })
    if (handed.includes('unknown') && !(await pause(options.retryMs * tries, options.signal))) break
  }
  return handed
}

/** True for what the chain has, false for what it has not, undefined where it said nothing. */
export async function lookUp(
  chain: Chain,
  list: readonly SignedBytes[],
  signal: AbortSignal,
): Promise<(boolean | undefined)[]> {
  const requests = list.map(({ hash }) => ({ method: 'eth_getTransactionByHash', params: [hash] }))
  const none: RpcAnswer[] = []
  const answers = await askMany(chain, requests, { signal }).catch(() => none)
  return list.map((_, at) => {
    const answer = answers[at]
    return answer && 'result' in answer ? answer.result !== null : undefined
  })
}

async function send(
  chain: Chain,
  list: readonly SignedBytes[],
  { signal, epoch }: Pick<HandOverOptions, 'signal' | 'epoch'>,
  isFirst: boolean,
): Promise<Handed[]> {
  const requests = list.map(({ raw }) => ({ method: 'eth_sendRawTransaction', params: [raw] }))
  let answers: RpcAnswer[]
  try {
    answers = await askMany(chain, requests, { signal, changes: true, epoch })
  } catch (error) {
    if (isFirst && isCodedError(error) && notSentCodes.includes(error.code)) throw error
    return list.map(() => 'unknown')
  }
  const handed = answers.map(handedBy)
  return settleDoubtful(chain, list, handed, signal)
}

function handedBy(answer: RpcAnswer): Handed {
  if ('result' in answer) return 'taken'
  const refusal = chainRefusal(answer.error)
  return refusal.kind === 'known' ? 'taken' : refusal
}

/** Whose nonce is used: by itself, where an earlier try was taken after all? */
async function settleDoubtful(
  chain: Chain,
  list: readonly SignedBytes[],
  handed: readonly Handed[],
  signal: AbortSignal,
): Promise<Handed[]> {
  const isDoubtful = (one: Handed | undefined) =>
    typeof one === 'object' && (one.kind === 'nonce' || one.kind === 'conflict')
  const doubtful = list.filter((_, at) => isDoubtful(handed[at]))
  if (doubtful.length === 0) return [...handed]
  const found = await lookUp(chain, doubtful, signal)
  const isTaken = new Map(doubtful.map(({ hash }, i) => [hash, found[i]]))
  return handed.map((one, at) => {
    if (!isDoubtful(one)) return one
    const there = isTaken.get(list[at]?.hash ?? '0x')
    if (there === undefined) return 'unknown'
    return there ? 'taken' : one
  })
}
