import { isCodedError } from '@openbsn/sdk'
import type { Hex } from 'viem'
import type { ReadBlock } from '../../blocks/block.ts'
import { headOf, type Indexed } from '../../blocks/block-store.ts'
import { BlockWaiters } from '../../blocks/block-waiters.ts'
import type { Follower, FollowPorts } from '../../blocks/follower.ts'
import { hexOf } from '../../blocks/hex.ts'
import { findTransaction } from '../../blocks/indexed-transactions.ts'
import type { ChainNotice } from '../../chain-notice.ts'
import type { Chain } from '../chain.ts'
import { askMany, resultOf } from '../chain-rpc.ts'
import { quantity, readAnswer, readNumber } from '../chain-values.ts'
import { evmError } from '../errors.ts'
import { findAncestor } from './find-ancestor.ts'
import { headerOf } from './read-block.ts'
import { readBlocks } from './read-blocks.ts'
import { readWatched, type Watched } from './read-watched.ts'

export type FollowOptions = {
  readonly service: string
  /** From one look at the chain of a sandbox to the next, at least. */
  readonly gatherMs: number
  /** From one look at a chain of others to the next. */
  readonly pollMs: number
}

export type FollowDeps = FollowPorts & {
  readonly chain: Chain
  /** What to look for on a chain of others. */
  readonly watched: () => Watched
  readonly onNotice: (notice: ChainNotice) => void
  readonly nowMs: () => number
}

/** Blocks of one call: so many, but fewer where much is in them. */
const [stepMax, stepTransactionsMax, externalStepBlocks] = [64, 256, 500]
/** A chain that goes back again and again while it is read. */
const looksMax = 10
/** Height that an address of a chain of others may lag behind the others. */
const lagBlocksMax = 64
/** A transaction is in a block some time after it was sent. */
const [settleMs, quietMsMax] = [500, 500]
/**
 * From one look to the next while nobody waits: who asks has it read to its end first. A look costs
 * several calls and a write to disk, whatever it finds.
 */
const unwaitedMs = 200
/** Writing takes a fifth of the time at most, on slow disks too. */
const idlePerWrite = 4

/** Follows the chain of one service into the index. */
export class ChainFollower implements Follower {
  readonly waiters: BlockWaiters
  readonly #options: FollowOptions
  readonly #deps: FollowDeps
  readonly #closed = new AbortController()
  #indexed: Indexed
  #step = 16
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #dueMs = 0
  #delayMs = 0
  #touchedMs = Number.NEGATIVE_INFINITY
  #endedMs = Number.NEGATIVE_INFINITY
  #writeMs = 0
  #told = ''

  constructor(options: FollowOptions, deps: FollowDeps) {
    this.#options = options
    this.#deps = deps
    const { store, chain } = deps
    this.#indexed = store.chainOf(options.service) ?? store.addChain(options.service, chain.chainId)
    this.waiters = new BlockWaiters((hash) => findTransaction(store, this.#indexed, hash))
  }

  get indexed(): Indexed {
    return this.#indexed
  }

  /** Settles when all is read that the chain had when it was called. @throws CHAIN_* */
  advance(signal: AbortSignal): Promise<void> {
    // Whoever comes while it is read may know of more than it will find.
    if (this.#running !== undefined)
      this.#next ??= this.#running.then(noop, noop).then(() => this.#begin())
    const run = this.#next ?? this.#begin()
    const { promise, reject } = Promise.withResolvers<never>()
    const gone = () => reject(signal.reason)
    signal.addEventListener('abort', gone, { once: true })
    if (signal.aborted) gone()
    return Promise.race([run, promise]).finally(() => signal.removeEventListener('abort', gone))
  }

  #begin(): Promise<void> {
    this.#next = undefined
    const run = this.#run().finally(() => {
      this.#running = undefined
      this.#endedMs = this.#deps.nowMs()
    })
    // Heard by whoever waits; nobody may wait any more.
    run.catch(noop)
    this.#running = run
    return run
  }

  /** Something may have changed: it is looked at soon, and for a moment after that. */
  touched(): void {
    this.#touchedMs = this.#deps.nowMs()
    this.#delayMs = 0
    this.#look()
  }

  /** Looks at the chain for as long as somebody waits. */
  #look(): void {
    const { chain, nowMs } = this.#deps
    const { gatherMs, pollMs } = this.#options
    const isOthers = chain.kind === 'external'
    const isWaited = this.waiters.hasTransactions || this.waiters.hasLogs
    const gather = isWaited ? gatherMs : Math.max(gatherMs, unwaitedMs)
    const least = isOthers ? pollMs : Math.max(gather, idlePerWrite * this.#writeMs)
    const now = nowMs()
    const lastMs = this.#running === undefined ? this.#endedMs : now
    const atMs = Math.max(now, lastMs + Math.max(least, this.#delayMs))
    if (this.#closed.signal.aborted || (this.#timer && this.#dueMs <= atMs)) return
    clearTimeout(this.#timer)
    this.#dueMs = atMs
    this.#timer = setTimeout(() => void this.#tick(), atMs - now).unref()
  }

  /** As of a transaction that is in one of the blocks. */
  wait(hashes: () => readonly Hex[], signal: AbortSignal) {
    const found = this.waiters.transaction(hashes, signal)
    this.#delayMs = 0
    if (this.waiters.hasTransactions) this.#look()
    return found
  }

  waitForLogs(position: number, signal: AbortSignal): Promise<void> {
    if (position < headOf(this.#indexed)) return Promise.resolve()
    const woken = this.waiters.logs(position, signal)
    if (this.#deps.chain.kind === 'external' || this.#timer) this.#look()
    return woken
  }

  async #tick(): Promise<void> {
    this.#timer = undefined
    const { signal } = this.#closed
    const { height } = this.#indexed
    try {
      await this.advance(signal)
      this.#told = ''
    } catch (error) {
      if (!signal.aborted) this.#warn(error)
    }
    const isFound = this.#indexed.height > height
    this.#delayMs = isFound ? 0 : Math.min(quietMsMax, Math.max(5, 2 * this.#delayMs))
    const { chain, nowMs } = this.#deps
    const isListened = chain.kind === 'external' && this.waiters.hasLogs
    const isFresh = nowMs() - this.#touchedMs < settleMs
    if (isListened || isFresh || this.waiters.hasTransactions) this.#look()
  }

  /** Once for each kind of fault in a row. */
  #warn(err: unknown): void {
    const code = isCodedError(err) ? err.code : String(err)
    if (this.#told === code) return
    this.#told = code
    const { service } = this.#options
    this.#deps.onNotice({ level: 'warn', service, text: 'its blocks are not read', err })
  }

  async #run(): Promise<void> {
    const { chain, store } = this.#deps
    // What could not be written is not there, whatever came before it.
    this.#indexed = store.chainOf(this.#options.service) ?? this.#indexed
    if (this.#indexed.chain !== chain.chainId) {
      const { service } = this.#options
      const now = `${service} was on chain ${this.#indexed.chain}, not ${chain.chainId}`
      throw evmError('CHAIN_CHANGED', `A service stays on its chain: ${now}.`)
    }
    for (let look = 0; look < looksMax; look++) {
      const target = await this.#target()
      if (target === undefined) continue
      if (await this.#readTo(target)) return
    }
    const message = 'The chain went back again and again while it was read.'
    throw evmError('CHAIN_UNAVAILABLE', message, { retryable: true })
  }

  /** How high there is something to read; undefined where the chain went back, and so did we. */
  async #target(): Promise<number | undefined> {
    const { chain } = this.#deps
    const { signal } = this.#closed
    const { height, hash } = this.#indexed
    const requests = [{ method: 'eth_blockNumber', params: [] as unknown[] }]
    if (hash) requests.push({ method: 'eth_getBlockByNumber', params: [quantity(height), false] })
    const [number, block] = (await askMany(chain, requests, { signal })).map((answer, i) =>
      resultOf(answer, requests[i]?.method ?? ''),
    )
    const top = readNumber(number, 'eth_blockNumber')
    const isOthers = chain.kind === 'external'
    if (hash) {
      const isThere = block !== null && headerOf(readAnswer(block, 'block')).hash.equals(hash)
      // Another address of the chain may not have come so far.
      const isLag = block === null && isOthers && top + lagBlocksMax >= height
      if (!isThere && isLag) return height
      if (!isThere) return this.#goBack()
    }
    if (!isOthers) return top
    const final = Math.min(top, chain.finalHeight)
    if (!hash && final > height) {
      this.#deps.store.beginAt(this.#indexed, final - 1)
      this.#indexed = { ...this.#indexed, height: final - 1 }
    }
    return final
  }

  /** Reads up to a height. False where the chain went back meanwhile. */
  async #readTo(target: number): Promise<boolean> {
    const { store, chain } = this.#deps
    const { signal } = this.#closed
    const isOthers = chain.kind === 'external'
    while (this.#indexed.height < target) {
      signal.throwIfAborted()
      const first = this.#indexed.height + 1
      const most = isOthers ? externalStepBlocks : this.#step
      const heights = { first, last: Math.min(target, first + most - 1) }
      const read = isOthers ? await this.#readWatched(heights) : await this.#readAll(heights)
      if (!read) return false
      const startMs = performance.now()
      const before = this.#indexed.height
      this.#indexed = await store.put(this.#indexed, read)
      this.#writeMs = performance.now() - startMs
      this.#came(read)
      if (this.#indexed.height > before) this.#deps.onBlocks(this.#indexed)
    }
    return true
  }

  async #readAll(heights: { first: number; last: number }): Promise<ReadBlock[] | undefined> {
    const { chain, onNotice } = this.#deps
    const { service } = this.#options
    const onLeftOut = (transaction: string) => {
      const text = `the logs of ${transaction} are too many to be read: they are no events`
      onNotice({ level: 'warn', service, text })
    }
    const read = await readBlocks(chain, heights, { signal: this.#closed.signal, onLeftOut })
    const { hash } = this.#indexed
    const isNext = !hash || read?.[0]?.parent.equals(hash)
    if (!read || !isNext) return undefined
    const transactions = read.reduce((sum, one) => sum + one.transactions.length, 0)
    const isMuch = transactions > stepTransactionsMax
    this.#step = isMuch ? Math.max(1, this.#step >> 1) : Math.min(stepMax, this.#step * 2)
    return read
  }

  async #readWatched(heights: { first: number; last: number }) {
    const { chain, store, watched } = this.#deps
    const { contracts, transactions } = watched()
    const hashes = new Set([...transactions, ...this.waiters.hashes()])
    const unknown = [...hashes].filter((hash) => !findTransaction(store, this.#indexed, hash))
    const wanted = { contracts, transactions: unknown }
    const read = await readWatched(chain, heights, wanted, this.#closed.signal)
    if (!read) return undefined
    store.putLate(this.#indexed, read.late)
    this.#came(read.late)
    return read.blocks
  }

  #came(blocks: readonly ReadBlock[]): void {
    const hashes = blocks.flatMap(({ transactions }) => transactions.map(({ hash }) => hexOf(hash)))
    this.waiters.came(new Set(hashes), headOf(this.#indexed))
  }

  /** Drops what is not of the chain any more. */
  async #goBack(): Promise<undefined> {
    const { store, chain, onDrop, onNotice } = this.#deps
    const before = this.#indexed
    const keptAt = (height: number) => store.keptAt(before, height)
    const deps = { keptAt, height: before.height }
    const ancestor = await findAncestor(chain, deps, this.#closed.signal)
    const height = ancestor?.height ?? -1
    this.#indexed = store.drop(before, ancestor, () => onDrop(before, height))
    const way = `from block ${before.height} to ${height}`
    const text = `the chain went back ${way}: what was above is gone`
    onNotice({ level: 'warn', service: this.#options.service, text })
  }

  async close(): Promise<void> {
    this.#closed.abort()
    clearTimeout(this.#timer)
    await this.#running?.catch(noop)
  }
}

const noop = () => undefined
