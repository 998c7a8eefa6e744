import type { Chain } from '../../../frameworks/evm/chain.ts'
import type { RpcCall } from './rpc-calls.ts'

/** Bytes of answers that are kept for all chains together, and of one of them. */
const bytesMax = 16 * 1024 * 1024
const answerBytesMax = 64 * 1024

/** What stays as it is while the chain does. */
const constant = new Set(['eth_chainId', 'net_version', 'web3_clientVersion'])
/** What stays as it is once it is in a block that is final. */
const final = new Set([
  ...['eth_getBlockByHash', 'eth_getTransactionByHash', 'eth_getTransactionReceipt'],
  'eth_getBlockReceipts',
])

type Kept = { readonly epoch: number; readonly result: Buffer }

/**
 * Answers that will never be others, without the ids of who asked: given again byte for byte as
 * the chain would. What an epoch of a chain said is worth nothing in the next one.
 */
export class FinalAnswers {
  readonly #chains = new WeakMap<Chain, Map<string, Kept>>()
  #bytes = 0
  /** In the order in which they came; the first is forgotten first. */
  #order: { readonly map: Map<string, Kept>; readonly key: string; readonly bytes: number }[] = []

  find(chain: Chain, call: RpcCall): Buffer | undefined {
    if (!mayBeKept(call)) return undefined
    const kept = this.#chains.get(chain)?.get(keyOf(call))
    if (!kept || kept.epoch !== chain.epoch) return undefined
    return Buffer.concat([headOf(call), kept.result])
  }

  /** Keeps it where it is final; `epoch` is that of the chain when it was asked. */
  keep(chain: Chain, call: RpcCall, epoch: number, answer: Buffer): void {
    if (!mayBeKept(call) || epoch !== chain.epoch || answer.length > answerBytesMax) return
    const head = headOf(call)
    // Another form has no place of its own for the id: it is asked again.
    if (!answer.subarray(0, head.length).equals(head)) return
    if (!isFinal(chain, call.method, answer)) return
    const key = keyOf(call)
    const map = this.#chains.get(chain) ?? new Map<string, Kept>()
    // Two asked for it at once.
    if (map.get(key)?.epoch === epoch) return
    this.#chains.set(chain, map)
    const bytes = answer.length + key.length
    map.set(key, { epoch, result: answer.subarray(head.length) })
    this.#order.push({ map, key, bytes })
    this.#bytes += bytes
    this.#forget()
  }

  /** A quarter at a time, so that the list is not copied for each one. */
  #forget(): void {
    if (this.#bytes <= bytesMax) return
    let count = 0
    while (this.#bytes > (bytesMax * 3) / 4) {
      const oldest = this.#order[count++]
      if (!oldest) break
      oldest.map.delete(oldest.key)
      this.#bytes -= oldest.bytes
    }
    this.#order = this.#order.slice(count)
  }
}

/** What is written otherwise may be refused by the engine, whatever it asks. */
function mayBeKept(call: RpcCall): boolean {
  const { method, params, isPlain } = call
  if (!isPlain) return false
  if (constant.has(method)) return isIdAsWritten(call)
  const [what] = params
  // Named by a word, a block is another one later.
  const isFixed = typeof what === 'string' && what.startsWith('0x')
  return final.has(method) && isFixed && isIdAsWritten(call)
}

const idPattern = /"id"\s*:\s*("(?:[^"\\]|\\.)*"|[^,}\s]+)/

/** Some engines give an id back as it came, with its escapes; others write it anew. */
function isIdAsWritten({ raw, id }: RpcCall): boolean {
  return idPattern.exec(Buffer.from(raw).toString())?.[1] === id
}

const keyOf = ({ method, params }: RpcCall) => `${method} ${JSON.stringify(params)}`

/** As engines begin an answer: anvil and geth alike. */
const headOf = ({ id }: RpcCall) => Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":`)

const blockPattern = /"(?:blockNumber|number)":"0x([0-9a-f]{1,12})"/

function isFinal(chain: Chain, method: string, answer: Buffer): boolean {
  if (constant.has(method)) return true
  // A transaction that waits has no block; neither has what is not there.
  const [, number] = blockPattern.exec(answer.toString('latin1')) ?? []
  return number !== undefined && Number.parseInt(number, 16) <= chain.finalHeight
}
