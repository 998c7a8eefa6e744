import type { Hex } from 'viem'
import { pause } from '../../../engines/pause.ts'
import type { Account } from '../accounts/accounts.ts'
import { askMany } from '../chain-rpc.ts'
import { type AccountView, countAt, heightsOf } from './account-view.ts'
import type { ChainRefusal } from './chain-refusal.ts'
import { bumped, type ChainFees, type FeePair } from './fees.ts'
import { Flights } from './flights.ts'
import { type Handed, handOver } from './hand-over.ts'
import { fateUnknown, Job } from './job.ts'
import type { LaneDeps } from './sender-options.ts'
import type { SignedBytes } from './unsigned-transaction.ts'

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
}

type Numbered = { readonly nonce: number; readonly item: Flight }

/** A job, and gas to send it with. */
export type ReadyJob = { readonly job: Job; readonly gas: bigint }

/** One that was not sent: to be tried again, where `refusal` says that another try can help. */
export type Unsent = ReadyJob & { readonly refusal: ChainRefusal }

/** After this, nothing that was taken out of a sandbox's queue is about to enter a block. */
const dropMs = 200
/** What an empty transaction takes. */
const emptyGas = 21_000n

/** Transactions of one account from when they are signed until they are in a block for good. */
export class UnderWay {
  readonly #account: Account
  readonly #deps: LaneDeps
  readonly #flights = new Flights<Flight>()
  #epoch: number
  #isCapTold = false

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
    return this.#flights.all().some(({ item }) => item.height === undefined)
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
    const handed = await this.#handOver(flights).catch((error: unknown) => {
      for (const { nonce, item } of flights) this.#release(nonce, item)
      throw error
    })
    return flights.flatMap((flight, at) => this.#done(flight, handed[at] ?? 'unknown'))
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
    const heights = await this.#heights(open)
    for (const [at, flight] of open.entries()) this.#found(flight, heights[at])
    const doubted = open.filter(({ item }) => {
      const sinceMs = item.doubtedMs
      return sinceMs !== undefined && nowMs() - sinceMs >= options.doubtMs
    })
    const final = doubted.length > 0 ? await this.#countFinal(latest) : 0
    return doubted
      .filter(({ nonce }) => nonce < final)
      .map(({ nonce, item }) => {
        this.#flights.settle(nonce)
        item.job.isOnItsWay = false
        return item.job
      })
  }

  /**
   * A sandbox went back to its last snapshot. What it does not have there is taken out of its queue
   * and given back, to be signed again: two of one job never wait in it.
   */
  async wentBack(): Promise<Job[]> {
    const { chain, signal } = this.#deps
    const { epoch } = chain
    const all = this.#flights.all()
    const hashes = all.flatMap(({ item }) => item.versions.map(({ hash }) => hash))
    const requests = hashes.map((hash) => ({ method: 'anvil_dropTransaction', params: [hash] }))
    await askMany(chain, requests, { signal, changes: true })
    await pause(dropMs, signal)
    const heights = await this.#heights(all)
    if (chain.epoch !== epoch) return this.wentBack()
    this.#epoch = epoch
    const lost = all.filter((flight, at) => {
      this.#found(flight, heights[at])
      return heights[at] === undefined
    })
    for (const { nonce, item } of lost) this.#release(nonce, item)
    return lost.map(({ item }) => item.job)
  }

  /** Raises the fees of what is in no block for too long; gives back what has no chance. */
  async replaceStuck({ latest }: AccountView, fees: ChainFees): Promise<void> {
    const { nowMs, options, onNotice } = this.#deps
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
    handed.forEach((one, at) => {
      if (typeof one !== 'object') return
      const nonce = stuck[at]?.nonce
      onNotice(`${this.#account.address}: nonce ${nonce} is not replaced: ${one.text}`)
    })
  }

  #take({ job, gas }: ReadyJob, fees: ChainFees): Numbered {
    const item: Flight = { job, gas, versions: [], fees, sentMs: 0 }
    const nonce = this.#flights.hold(item)
    job.isOnItsWay = true
    this.#sign(nonce, item, fees)
    return { nonce, item }
  }

  #sign(nonce: number, item: Flight, fees: FeePair): void {
    const { account, to, data, value } = item.job.content
    const { maxFeePerGas, maxPriorityFeePerGas } = fees
    const { chainId } = this.#deps.chain
    const content = { chainId, nonce, to, data, value, gas: item.gas }
    const signed = account.sign({ ...content, maxFeePerGas, maxPriorityFeePerGas })
    item.fees = { maxFeePerGas, maxPriorityFeePerGas }
    item.versions.push(signed)
    item.job.addHash(signed.hash)
  }

  /** Signed again with the same nonce, so that one of them alone has an effect. */
  #raise({ nonce, item }: Numbered, fees: ChainFees): void {
    const next = bumped(item.fees, fees)
    if (next.maxFeePerGas <= this.#deps.options.feeMax) {
      this.#sign(nonce, item, next)
      return
    }
    if (!this.#isCapTold) this.#deps.onNotice('fees are at their limit: nothing is replaced')
    this.#isCapTold = true
  }

  async #handOver(flights: readonly Numbered[]): Promise<Handed[]> {
    const { chain, options, signal, nowMs } = this.#deps
    const raws = flights.flatMap(({ item }) => item.versions.slice(-1))
    const handed = await handOver(chain, raws, { ...options, signal })
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

  /** Of the block that has one of the versions of each. */
  async #heights(flights: readonly Numbered[]): Promise<(number | undefined)[]> {
    const { chain, heightOf, signal } = this.#deps
    const known = flights.map(({ item }) => firstOf(item.versions, ({ hash }) => heightOf?.(hash)))
    const open = flights.flatMap(({ item }, at) =>
      known[at] === undefined ? item.versions.map(({ hash }) => ({ hash, at })) : [],
    )
    const hashes: Hex[] = open.map(({ hash }) => hash)
    const heights = await heightsOf(chain, hashes, signal)
    open.forEach(({ at }, i) => {
      known[at] ??= heights[i]
    })
    return known
  }

  #found({ nonce, item }: Numbered, height: number | undefined): void {
    const { chain, nowMs } = this.#deps
    item.height = height
    if (height === undefined) {
      item.doubtedMs ??= nowMs()
      return
    }
    item.doubtedMs = undefined
    const hash = item.versions.at(-1)?.hash
    if (hash) item.job.handedOver(hash)
    if (height <= chain.finalHeight) this.#flights.settle(nonce)
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

function firstOf<T, R>(list: readonly T[], of: (item: T) => R | undefined): R | undefined {
  for (const item of list) {
    const found = of(item)
    if (found !== undefined) return found
  }
  return undefined
}
