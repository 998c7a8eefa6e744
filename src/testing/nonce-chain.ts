import type { Chain, ChainCall } from '../frameworks/evm/chain.ts'
import { evmError } from '../frameworks/evm/errors.ts'
import {
  readTransaction,
  type SignedTransaction,
} from '../frameworks/evm/transactions/read-transaction.ts'
import type { Prng } from './prng.ts'

type Request = { readonly id: number; readonly method: string; readonly params: readonly unknown[] }
type Failure = { readonly code: number; readonly message: string }
type Answer = { readonly result: unknown } | { readonly error: Failure }

/** How often, of a hundred calls each, something goes wrong. */
export type Faults = {
  /** The chain is away; it goes away after having done all, or a part of it. */
  readonly away: number
  readonly lostAnswer: number
  readonly lostHalf: number
  /** It refuses a transaction for its fee. */
  readonly refusal: number
  /** It forgets a transaction that waits; somebody else uses the account. */
  readonly forgets: number
  readonly stranger: number
  /** It goes back to its last snapshot. */
  readonly crash: number
}

const hex = (value: bigint | number) => `0x${value.toString(16)}`
const failure = (message: string): Answer => ({ error: { code: -32003, message } })

/**
 * What a chain does with nonces, in memory: a queue by account, blocks, and what goes wrong with
 * them, by a seed. A call with data that is `reverting` would revert; receipts show a moment after
 * the count.
 */
export class NonceChain implements Chain {
  readonly chainId = 99
  readonly lossSecondsMax = 5
  readonly finalHeight = Number.POSITIVE_INFINITY
  readonly kind: Chain['kind']
  epoch = 0
  faults: Faults | undefined
  /** In blocks, oldest first: who, and with which nonce, for whom; strangers have no hash. */
  blocks: { nonce: number; to: string | undefined; hash: string; shownMs: number }[] = []
  /** Places of those that were in blocks which are gone. */
  readonly lost = new Set<string>()
  readonly reverting = new Set(['0x00'])
  /** How often each went wrong. */
  readonly happened = new Map<string, number>()
  readonly #prng: Prng
  readonly #queue = new Map<number, SignedTransaction>()
  #saved = 0

  constructor(kind: Chain['kind'], prng: Prng) {
    this.kind = kind
    this.#prng = prng
  }

  get queued(): number {
    return this.#queue.size
  }

  async send({ body }: ChainCall): Promise<Buffer> {
    await new Promise((resolve) => setImmediate(resolve))
    const parsed = JSON.parse(Buffer.from(body).toString())
    const list: Request[] = Array.isArray(parsed) ? parsed : [parsed]
    if (this.#happens('away')) throw evmError('CHAIN_UNAVAILABLE', 'away')
    // It may go back before it reads what was made for it as it was, or afterwards.
    if (this.#happens('crash')) this.#crash()
    const isHalf = this.#happens('lostHalf')
    const done = isHalf ? list.slice(0, this.#prng.int(0, list.length)) : list
    const answers = done.map((one) => ({ id: one.id, ...this.#answer(one) }))
    if (this.#happens('crash')) this.#crash()
    if (isHalf || this.#happens('lostAnswer')) throw evmError('CHAIN_FATE_UNKNOWN', 'lost')
    return Buffer.from(JSON.stringify(answers))
  }

  openStream(): never {
    throw evmError('CHAIN_UNAVAILABLE', 'no streams')
  }

  /** Up to so many of those that are next go into blocks, each into its own. */
  mine(most: number): void {
    if (this.#happens('stranger')) this.#block(undefined)
    if (this.#happens('forgets')) {
      const nonces = [...this.#queue.keys()]
      this.#queue.delete(nonces[this.#prng.int(0, nonces.length - 1)] ?? -1)
    }
    for (let n = 0; n < most; n++) {
      const next = this.#queue.get(this.blocks.length)
      if (!next) break
      this.#block(next)
    }
    if (this.#prng.int(0, 9) === 0) this.#saved = this.blocks.length
  }

  #block(transaction: SignedTransaction | undefined): void {
    const nonce = this.blocks.length
    this.#queue.delete(nonce)
    const { to, hash = '' } = transaction ?? { to: undefined }
    this.blocks.push({ nonce, to, hash, shownMs: performance.now() + 2 })
  }

  #crash(): void {
    if (this.kind !== 'sandbox') return
    for (const { to } of this.blocks.splice(this.#saved)) if (to) this.lost.add(to)
    this.#queue.clear()
    this.epoch++
  }

  #happens(fault: keyof Faults): boolean {
    if (this.#prng.int(0, 99) >= (this.faults?.[fault] ?? 0)) return false
    this.happened.set(fault, (this.happened.get(fault) ?? 0) + 1)
    return true
  }

  #answer({ method, params: [first, second] }: Request): Answer {
    switch (method) {
      case 'eth_getTransactionCount':
        return { result: hex(second === 'pending' ? this.#pending() : this.blocks.length) }
      case 'eth_getBalance':
        return { result: hex(10n ** 24n) }
      case 'eth_getBlockByNumber':
        return { result: { baseFeePerGas: '0x7', gasLimit: hex(30_000_000) } }
      case 'eth_estimateGas':
        return this.#estimate(first)
      case 'eth_sendRawTransaction':
        return this.#take(readTransaction(String(first), this))
      case 'eth_getTransactionByHash':
        return { result: this.#inQueue(first) || this.#inBlock(first) ? {} : null }
      case 'eth_getTransactionReceipt':
        return { result: this.#receipt(first) }
      case 'anvil_dropTransaction':
        for (const [nonce, { hash }] of this.#queue) if (hash === first) this.#queue.delete(nonce)
        return { result: null }
      default:
        return { error: { code: -32601, message: `no ${method}` } }
    }
  }

  #pending(): number {
    let nonce = this.blocks.length
    while (this.#queue.has(nonce)) nonce++
    return nonce
  }

  #estimate(call: unknown): Answer {
    const { data } = call as { data: string }
    return this.reverting.has(data)
      ? { error: { code: 3, message: 'execution reverted' } }
      : { result: '0x5208' }
  }

  #take(transaction: SignedTransaction): Answer {
    const { nonce, hash, maxFeePerGas } = transaction
    if (this.#happens('refusal')) return failure('max fee per gas less than block base fee')
    if (nonce < this.blocks.length) return failure('nonce too low')
    const before = this.#queue.get(nonce)
    if (before?.hash === hash) return failure('already known')
    if (before && maxFeePerGas < before.maxFeePerGas + before.maxFeePerGas / 10n) {
      return failure('replacement transaction underpriced')
    }
    this.#queue.set(nonce, transaction)
    return { result: hash }
  }

  #inQueue = (hash: unknown) => [...this.#queue.values()].some((one) => one.hash === hash)
  #inBlock = (hash: unknown) => this.blocks.find((one) => one.hash === hash)

  #receipt(hash: unknown) {
    const block = this.#inBlock(hash)
    if (!block || performance.now() < block.shownMs) return null
    return { blockNumber: hex(block.nonce + 1) }
  }
}
