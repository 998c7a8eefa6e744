import type { Hex } from 'viem'
import { pause } from '../../../engines/pause.ts'
import { fateUnknown } from '../../errors.ts'
import type { Account } from '../accounts/accounts.ts'
import { askMany } from '../chain-rpc.ts'
import { type AccountView, countAt, heightsOf } from './account-view.ts'
import { type ChainRefusal, refusalError } from './chain-refusal.ts'
import { bumped, type ChainFees, type FeePair } from './fees.ts'
import { Flights } from './flights.ts'
import { type Handed, handOver } from './hand-over.ts'
import { Job } from './job.ts'
import type { LaneDeps } from './sender-options.ts'
import type { SignedBytes, UnsignedTransaction } from './unsigned-transaction.ts'

/** A job with its nonce, and all that was signed for it with that nonce. */
type Flight = {
  readonly job: Job
  readonly gas: bigint
  readonly versions: SignedBytes[]
  fees: FeePair
  /** When it was handed over last. */
  sentMs: number
  /** Of the block that has it. */
  height?: number | undefined
  /** Since when its nonce is used, and no block shows it. */
  doubtedMs?: number | undefined
  /** Why the chain did not take it again, and how often. */
  refusal?: ChainRefusal | undefined
  refused: number
  /** An empty transaction that shall have its nonce, so that those behind it go on. */
  emptyHash?: Hex | undefined
}

/** The block that has a transaction. */
type Found = { readonly height: number; readonly hash: Hex }

type Numbered = { readonly nonce: number; readonly item: Flight }

/** A job, and gas to send it with. */
export type ReadyJob = { readonly job: Job; readonly gas: bigint }

/** One that was not sent: to be tried again, where `refusal` says that another try can help. */
export type Unsent = ReadyJob & { readonly refusal: ChainRefusal }

/** What an empty transaction takes. */
const emptyGas = 21_000n
/** So often is one sent again that the chain does not take any more. */
const refusedMax = 2
/** Against the transaction itself: a full queue, or a fee, is no reason to give its nonce away. */
const lasting = ['funds', 'gas', 'initCode']

type Content = Pick<UnsignedTransaction, 'to' | 'data' | 'value' | 'gas'>

/** Transactions of one account from when they are signed until they are in a block for good. */
export class UnderWay {
  readonly #account: Account
  readonly #deps: LaneDeps
  readonly #flights = new Flights<Flight>()
  #epoch: number
  #isCapTold = false
  /** Of the load of the chain, what is of this account. */
  #counted = 0

  constructor(account: Account, deps: LaneDeps) {
    this.#account = account
    this.#deps = deps
    this.#epoch = deps.chain.epoch
  }

  /** True where a sandbox went back, and what was sent may be gone with its queue. */
  get isOutdated(): boolean {
    const { kind, epoch } = this.#deps.chain
    return kind === 'sandbox' && epoch !== this.#epoch
  }

  get size(): number {
    return this.#flights.size
  }

  /** True where something was sent that no block is known to have. */
  get isWaiting(): boolean {
    return this.#counted > 0
  }

  /** Those whose sender was told that their fate is not known, and that are in no block. */
  get unknownOutcomes(): number {
    return this.#flights.all().filter(({ item }) => item.job.isFateUnknown).length
  }

  /** What the chain says of its nonces. */
  saw({ pending }: AccountView): void {
    if (this.#flights.size === 0) this.#flights.restart(pending)
    else this.#flights.advance(pending)
  }

  /**
   * Signs and sends, in order; those that the chain does not take are given back.
   * @throws CHAIN_UNAVAILABLE, CHAIN_BUSY, CHAIN_FULL: none was sent
   */
  async send(ready: readonly ReadyJob[], fees: ChainFees): Promise<Unsent[]> {
    const flights = ready.map((one) => this.#take(one, fees))
    this.#count()
    try {
      const handed = await this.#handOver(flights)
      return flights.flatMap((flight, at) => this.#done(flight, handed[at] ?? 'unknown'))
    } catch (error) {
      for (const { nonce, item } of flights) this.#release(nonce, item)
      throw error
    } finally {
      this.#count()
    }
  }

  /** Fills a gap that keeps others waiting with a transaction that does nothing. */
  async fillGap(fees: ChainFees): Promise<void> {
    if (!this.#flights.hasGap()) return
    const account = this.#account
    const job = new Job({ account, to: account.address, data: '0x', value: 0n })
    const [unsent] = await this.send([{ job, gas: emptyGas }], fees)
    if (unsent) this.#deps.onNotice(`a gap is not filled: ${unsent.refusal.text}`)
  }

  /** Looks which are in blocks; gives back those whose nonce another one used for good. */
  async settle({ latest }: AccountView): Promise<Job[]> {
    const { chain, nowMs, options } = this.#deps
    const used = this.#flights.all().filter(({ nonce }) => nonce < latest)
    const open = used.filter(({ item }) => {
      // What is in a block is looked at again once no block is taken back any more.
      return item.height === undefined || item.height <= chain.finalHeight
    })
    // When it was asked: an answer may have been on its way for long.
    const askedMs = nowMs()
    const blocks = await this.#blocks(open)
    for (const [at, flight] of open.entries()) this.#found(flight, blocks[at])
    const doubted = open.filter(({ item }) => {
      const sinceMs = item.doubtedMs
      return sinceMs !== undefined && askedMs - sinceMs >= options.doubtMs
    })
    const final = doubted.length > 0 ? await this.#countFinal(latest) : 0
    const lost = doubted.filter(({ nonce }) => nonce < final)
    for (const { nonce, item } of lost) {
      this.#flights.settle(nonce)
      item.job.isOnItsWay = false
    }
    this.#count()
    return lost.map(({ item }) => item.job)
  }

  /**
   * A sandbox went back to its last snapshot. What it does not have there is taken out of its queue
   * and given back, to be signed again: two of one job never wait in it.
   */
  async wentBack(): Promise<Job[]> {
    const { chain, options, signal } = this.#deps
    const { epoch } = chain
    const all = this.#flights.all()
    const hashes = all.flatMap(({ item }) => item.versions.map(({ hash }) => hash))
    const requests = hashes.map((hash) => ({ method: 'anvil_dropTransaction', params: [hash] }))
    await askMany(chain, requests, { signal, changes: true })
    await pause(options.dropMs, signal)
    const blocks = await this.#blocks(all)
    if (chain.epoch !== epoch) return this.wentBack()
    this.#epoch = epoch
    const lost = all.filter((flight, at) => {
      this.#found(flight, blocks[at])
      return blocks[at] === undefined
    })
    for (const { nonce, item } of lost) this.#release(nonce, item)
    this.#count()
    return lost.map(({ item }) => item.job)
  }

  /** Raises the fees of what is in no block for too long; what is not taken any more is emptied. */
  async replaceStuck({ latest }: AccountView, fees: ChainFees): Promise<void> {
    const { nowMs, options } = this.#deps
    const open = this.#flights.all().filter(({ nonce }) => nonce >= latest)
    const needed = fees.baseFeePerGas
    const stuck = open.filter(({ item }, at) => {
      // Those behind the first wait for it, unless they offer too little themselves.
      const isDue = nowMs() - item.sentMs >= options.stuckMs
      return isDue && (at === 0 || item.fees.maxFeePerGas < needed)
    })
    if (stuck.length === 0) return
    for (const flight of stuck) this.#raise(flight, fees)
    const handed = await this.#handOver(stuck)
    for (const [at, flight] of stuck.entries()) this.#replaced(flight, handed[at] ?? 'unknown')
  }

  #replaced({ nonce, item }: Numbered, handed: Handed): void {
    if (typeof handed !== 'object') return
    if (handed.kind === 'fee') this.#deps.fees.forget()
    if (lasting.includes(handed.kind)) {
      item.refusal = handed
      item.refused++
    }
    const { address } = this.#account
    this.#deps.onNotice(`${address}: nonce ${nonce} is not replaced: ${handed.text}`)
  }

  /** Keeps the load of the chain, which all its lanes share. */
  #count(): void {
    const now = this.#flights.all().filter(({ item }) => item.height === undefined).length
    this.#deps.load.waiting += now - this.#counted
    this.#counted = now
  }

  #take({ job, gas }: ReadyJob, fees: ChainFees): Numbered {
    const item: Flight = { job, gas, versions: [], fees, sentMs: 0, refused: 0 }
    const nonce = this.#flights.hold(item)
    job.isOnItsWay = true
    this.#sign(nonce, item, fees)
    return { nonce, item }
  }

  #sign(nonce: number, item: Flight, fees: FeePair): void {
    const { to, data, value } = item.job.content
    const signed = this.#signed(nonce, fees, { to, data, value, gas: item.gas })
    item.fees = fees
    item.versions.push(signed)
    item.job.addHash(signed.hash)
  }

  #signed(nonce: number, fees: FeePair, content: Content): SignedBytes {
    const { maxFeePerGas, maxPriorityFeePerGas } = fees
    const { chainId } = this.#deps.chain
    const all = { ...content, chainId, nonce, maxFeePerGas, maxPriorityFeePerGas }
    return this.#account.sign(all)
  }

  /** Signed again with the same nonce, so that one of them alone has an effect. */
  #raise({ nonce, item }: Numbered, fees: ChainFees): void {
    const { onNotice, options } = this.#deps
    const next = bumped(item.fees, fees, options.feeMax)
    if (next === undefined) {
      if (!this.#isCapTold) onNotice('fees are at their limit: nothing is replaced')
      this.#isCapTold = true
    } else if (item.refused < refusedMax) {
      this.#sign(nonce, item, next)
    } else {
      const empty = { to: this.#account.address, data: '0x', value: 0n, gas: emptyGas } as const
      const signed = this.#signed(nonce, next, empty)
      item.fees = next
      item.versions.push(signed)
      item.emptyHash = signed.hash
    }
  }

  async #handOver(flights: readonly Numbered[]): Promise<Handed[]> {
    const { chain, options, signal, nowMs } = this.#deps
    const raws = flights.flatMap(({ item }) => item.versions.slice(-1))
    const epoch = chain.kind === 'sandbox' ? this.#epoch : undefined
    const handed = await handOver(chain, raws, { ...options, signal, epoch })
    for (const { item } of flights) item.sentMs = nowMs()
    return handed
  }

  #done({ nonce, item }: Numbered, handed: Handed): Unsent[] {
    const { job, gas } = item
    const hash = item.versions.at(-1)?.hash
    if (handed === 'taken' && hash) job.handedOver(hash)
    // Where the chain went back it is known soon: it is signed again, or found.
    if (handed === 'unknown' && !this.isOutdated) {
      job.leave(fateUnknown('The chain gave no answer to a transaction.'))
    }
    if (typeof handed !== 'object') return []
    job.isOnItsWay = false
    if (handed.kind === 'nonce') this.#flights.settle(nonce)
    else if (handed.kind === 'conflict') this.#flights.giveAway(nonce)
    else this.#flights.release(nonce)
    return [{ job, gas, refusal: handed }]
  }

  #release(nonce: number, { job }: Flight): void {
    this.#flights.release(nonce)
    job.isOnItsWay = false
  }

  /** Of each, the block that has one of its versions. */
  async #blocks(flights: readonly Numbered[]): Promise<(Found | undefined)[]> {
    const { chain, heightOf, signal } = this.#deps
    const all = flights.flatMap(({ item }, at) => item.versions.map(({ hash }) => ({ hash, at })))
    const blocks: (Found | undefined)[] = flights.map(() => undefined)
    const open = all.filter(({ hash, at }) => {
      const height = heightOf?.(hash)
      if (height !== undefined) blocks[at] = { height, hash }
      return height === undefined
    })
    const unknown = open.filter(({ at }) => blocks[at] === undefined)
    const hashes = unknown.map(({ hash }) => hash)
    const heights = await heightsOf(chain, hashes, signal)
    for (const [i, { hash, at }] of unknown.entries()) {
      const height = heights[i]
      if (height !== undefined) blocks[at] = { height, hash }
    }
    return blocks
  }

  #found({ nonce, item }: Numbered, block: Found | undefined): void {
    const { chain, nowMs } = this.#deps
    item.height = block?.height
    item.doubtedMs = block ? undefined : (item.doubtedMs ?? nowMs())
    if (!block) return
    const isFinal = block.height <= chain.finalHeight
    if (block.hash !== item.emptyHash) item.job.handedOver(block.hash)
    else if (isFinal && item.refusal) item.job.refuse(refusalError(item.refusal))
    if (isFinal) this.#flights.settle(nonce)
  }

  /** Below this nonce nothing changes any more. */
  async #countFinal(latest: number): Promise<number> {
    const { chain, signal } = this.#deps
    if (chain.kind === 'sandbox') return latest
    const height = chain.finalHeight
    if (height < 0) return 0
    return countAt(chain, { address: this.#account.address, height }, signal)
  }
}
