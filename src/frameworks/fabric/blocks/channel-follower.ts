import type { Network } from '@hyperledger/fabric-gateway'
import { isCodedError } from '@openbsn/sdk'
import { pause } from '../../../engines/pause.ts'
import { headOf, type Indexed } from '../../blocks/block-store.ts'
import { BlockWaiters } from '../../blocks/block-waiters.ts'
import type { Follower, FollowPorts } from '../../blocks/follower.ts'
import type { Hex } from '../../blocks/hex.ts'
import { hexOf } from '../../blocks/hex.ts'
import { findTransaction, type IndexedTransaction } from '../../blocks/indexed-transactions.ts'
import type { ChainNotice } from '../../chain-notice.ts'
import { channelNumber } from '../channels/connect-channel.ts'
import { readBlock } from './read-block.ts'

export type ChannelFollowerOptions = { readonly service: string; readonly channel: string }

export type ChannelFollowerDeps = FollowPorts & {
  readonly network: () => Network
  /** How many blocks the channel has, by all peers that answer. */
  readonly heightOf: () => Promise<number>
  readonly onNotice: (notice: ChainNotice) => void
}

/** Between two tries while the peer is not there. */
const retryMs = 250
/** How often peers are asked for the height, at most. */
const askEveryMs = 25

/**
 * Follows a channel: its peer tells of each block as it comes, from the first that is not indexed.
 * Blocks are final, so that none is ever dropped.
 */
export class ChannelFollower implements Follower {
  readonly #options: ChannelFollowerOptions
  readonly #deps: ChannelFollowerDeps
  readonly #waiters: BlockWaiters
  readonly #closed = new AbortController()
  readonly #running: Promise<void>
  readonly #heights = new Set<() => void>()
  #indexed: Indexed
  #told = ''
  #asked: Promise<number> | undefined
  #nextAsked: Promise<number> | undefined
  #askedMs = Number.NEGATIVE_INFINITY

  constructor(options: ChannelFollowerOptions, deps: ChannelFollowerDeps) {
    this.#options = options
    this.#deps = deps
    const { store } = deps
    const { service, channel } = options
    this.#indexed = store.chainOf(service) ?? store.addChain(service, channelNumber(channel))
    this.#waiters = new BlockWaiters((hash) => findTransaction(store, this.#indexed, hash))
    this.#running = this.#run()
  }

  get indexed(): Indexed {
    return this.#indexed
  }

  touched(): void {}

  async advance(signal: AbortSignal): Promise<void> {
    const { promise, reject } = Promise.withResolvers<never>()
    promise.catch(() => undefined)
    const gone = () => reject(signal.reason)
    signal.addEventListener('abort', gone, { once: true })
    if (signal.aborted) gone()
    try {
      const target = (await Promise.race([this.#height(), promise])) - 1
      while (this.#indexed.height < target) await Promise.race([this.#nextBlock(), promise])
    } finally {
      signal.removeEventListener('abort', gone)
    }
  }

  /**
   * As it was after this was called: whoever comes while it is asked for shares the next one, and
   * so do those who come soon after, since a peer has other things to do.
   */
  #height(): Promise<number> {
    const restMs = this.#askedMs + askEveryMs - performance.now()
    if (this.#asked === undefined && restMs <= 0) return this.#ask()
    const rest = () =>
      pause(Math.max(0, this.#askedMs + askEveryMs - performance.now()), this.#signal)
    this.#nextAsked ??= (this.#asked ?? Promise.resolve(0)).then(rest, rest).then(() => this.#ask())
    return this.#nextAsked
  }

  #ask(): Promise<number> {
    this.#nextAsked = undefined
    this.#askedMs = performance.now()
    const asked = this.#deps.heightOf().finally(() => {
      if (this.#asked === asked) this.#asked = undefined
    })
    this.#asked = asked
    return asked
  }

  get #signal(): AbortSignal {
    return this.#closed.signal
  }

  #nextBlock(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#heights.add(resolve)
    return promise
  }

  wait(hashes: () => readonly Hex[], signal: AbortSignal): Promise<IndexedTransaction> {
    return this.#waiters.transaction(hashes, signal)
  }

  waitForLogs(position: number, signal: AbortSignal): Promise<void> {
    if (position < headOf(this.#indexed)) return Promise.resolve()
    return this.#waiters.logs(position, signal)
  }

  async #run(): Promise<void> {
    const { signal } = this.#closed
    while (!signal.aborted) {
      try {
        await this.#readOn()
      } catch (error) {
        if (!signal.aborted) this.#warn(error)
      }
      await pause(retryMs, signal).catch(() => undefined)
    }
  }

  /** Until the peer ends it. */
  async #readOn(): Promise<void> {
    const startBlock = BigInt(this.#indexed.height + 1)
    const blocks = await this.#deps.network().getBlockEvents({ startBlock })
    const { signal } = this.#closed
    const close = () => blocks.close()
    signal.addEventListener('abort', close, { once: true })
    try {
      for await (const block of blocks) {
        if (signal.aborted) return
        await this.#take(readBlock(block))
        this.#told = ''
      }
    } finally {
      signal.removeEventListener('abort', close)
      blocks.close()
    }
  }

  async #take(block: ReturnType<typeof readBlock>): Promise<void> {
    const { store, onBlocks } = this.#deps
    if (block.height !== this.#indexed.height + 1) return
    this.#indexed = await store.put(this.#indexed, [block])
    const hashes = block.transactions.map(({ hash }) => hexOf(hash))
    this.#waiters.came(new Set(hashes), headOf(this.#indexed))
    for (const came of this.#heights) came()
    this.#heights.clear()
    onBlocks(this.#indexed)
  }

  /** Once for each kind of fault in a row. */
  #warn(err: unknown): void {
    const code = isCodedError(err) ? err.code : String(err)
    if (this.#told === code) return
    this.#told = code
    const { service } = this.#options
    this.#deps.onNotice({ level: 'warn', service, text: 'its blocks are not read', err })
  }

  async close(): Promise<void> {
    this.#closed.abort()
    await this.#running
  }
}
