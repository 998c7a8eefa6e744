import type { Chain } from './chain.ts'
import { evmError } from './errors.ts'

export type RpcRequest = { readonly method: string; readonly params: readonly unknown[] }

/** An error of the chain (JSON-RPC 2.0, section 5.1); `data` of a revert is its bytes in hex. */
export type RpcFailure = {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

export type RpcAnswer = { readonly result: unknown } | { readonly error: RpcFailure }

export type AskOptions = {
  readonly signal: AbortSignal
  /** True where a request may change the chain: all of them are then sent once alone. */
  readonly changes?: boolean
  /** As that of `ChainCall`. */
  readonly epoch?: number | undefined
}

/** Questions to a chain, in order, as one call. @throws what `Chain.send` does, CHAIN_GARBLED */
export async function askMany(
  chain: Pick<Chain, 'send'>,
  requests: readonly RpcRequest[],
  { signal, changes = false, epoch }: AskOptions,
): Promise<RpcAnswer[]> {
  if (requests.length === 0) return []
  const batch = requests.map((one, id) => ({ jsonrpc: '2.0', id, ...one }))
  const body = Buffer.from(JSON.stringify(batch.length === 1 ? batch[0] : batch))
  const transactions = requests.filter(({ method }) => method.startsWith('eth_send')).length
  const bytes = await chain.send({ body, changes, transactions, epoch, signal })
  const answers = new Map<unknown, Partial<RpcAnswer>>()
  for (const answer of parse(bytes)) answers.set(answer?.id, answer ?? {})
  return batch.map(({ id, method }) => {
    const answer = answers.get(id)
    if (answer && ('result' in answer || 'error' in answer)) return answer as RpcAnswer
    throw garbled(`it has no answer to ${method}`)
  })
}

/** One question. @throws CHAIN_REFUSED for an error of the chain, and what `askMany` does */
export async function ask(
  chain: Pick<Chain, 'send'>,
  method: string,
  params: readonly unknown[],
  options: AskOptions,
): Promise<unknown> {
  const [answer] = await askMany(chain, [{ method, params }], options)
  return resultOf(answer ?? { error: { code: -32603, message: 'no answer' } }, method)
}

/** What the chain answered. @throws CHAIN_REFUSED with `code`, and `data` where that is text */
export function resultOf(answer: RpcAnswer, method: string): unknown {
  if ('result' in answer) return answer.result
  const { code, message, data } = answer.error
  const details = { code: String(code), ...(typeof data === 'string' ? { data } : {}) }
  throw evmError('CHAIN_REFUSED', `${method}: ${message}`, { details })
}

function parse(bytes: Buffer): (({ readonly id?: unknown } & Partial<RpcAnswer>) | null)[] {
  try {
    const value = JSON.parse(bytes.toString('utf8'))
    return Array.isArray(value) ? value : [value]
  } catch (cause) {
    throw garbled('it is no JSON', cause)
  }
}

const garbled = (why: string, cause?: unknown) =>
  evmError('CHAIN_GARBLED', `The chain answered something else than asked: ${why}.`, { cause })
