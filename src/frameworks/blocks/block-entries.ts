import { reservedPrefix } from '@openbsn/sdk'
import type { Ledger } from '../../ledger/ledger.ts'
import type { OfferedEntry } from '../../ledger/projection/projection.ts'
import type { BlockIndex } from './block-index.ts'

/** The module that ranges of blocks are registered with. */
const module = `${reservedPrefix}blocks`

/** Lists of entries by `sub`; the projection of the ledger. */
export interface EntryLists {
  list(filter: {
    readonly service: string
    readonly fromIndex: number
    readonly toIndex: number
    readonly order: 'oldest'
    readonly limit: number
  }): Promise<{ readonly indexes: readonly number[] }>
}

export type BlockEntriesDeps = {
  readonly ledger: Pick<Ledger, 'entry' | 'head'>
  readonly lists: EntryLists
  readonly index: Pick<BlockIndex, 'nextEntry' | 'registered'>
}

/** An entry as the commit knows it. */
export type CommittedEntry = Omit<OfferedEntry, 'isKeyed'>

const pageEntries = 500

/** Tells the index of blocks what the ledger has registered, each entry once and in order. */
export class BlockEntries {
  readonly #deps: BlockEntriesDeps
  #isCaughtUp = false
  #isClosed = false
  #running: Promise<void> | undefined

  constructor(deps: BlockEntriesDeps) {
    this.#deps = deps
  }

  /** Takes what was registered before. @throws LISTS_BEHIND, LEDGER_STOPPED (retryable) */
  catchUp(): Promise<void> {
    if (this.#isCaughtUp || this.#isClosed) return Promise.resolve()
    this.#running ??= this.#catchUp().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** Tell it of every block with its entries, as soon as it is the ledger's head. */
  committed(firstIndex: number, entries: readonly CommittedEntry[]): void {
    const own = entries.flatMap(({ bytes, authority }, i) =>
      authority.sub === module ? [{ index: firstIndex + i, statement: bytes }] : [],
    )
    // Nothing is written for blocks without any: it would be a write for each block of the ledger.
    if (own.length === 0 || this.#isClosed) return
    if (this.#isCaughtUp) this.#deps.index.registered(own, firstIndex + entries.length)
    else this.catchUp().catch(() => undefined)
  }

  /** Tells the index nothing more: what the ledger adds from now on is taken at the next start. */
  close(): void {
    this.#isClosed = true
  }

  async #catchUp(): Promise<void> {
    const { ledger, lists, index } = this.#deps
    const size = () => ledger.head.firstIndex + ledger.head.count
    for (let fromIndex = index.nextEntry; ; ) {
      const toIndex = size()
      const page = { service: module, fromIndex, toIndex, limit: pageEntries } as const
      const { indexes } = await lists.list({ ...page, order: 'oldest' })
      if (this.#isClosed) return
      const isWhole = indexes.length < pageEntries
      fromIndex = isWhole ? toIndex : (indexes.at(-1) ?? toIndex - 1) + 1
      const own = indexes.flatMap((one) => ledger.entry(one) ?? [])
      if (own.length > 0) index.registered(own, fromIndex)
      // From here on to the next block nothing can come between.
      if (isWhole && size() === toIndex) break
    }
    this.#isCaughtUp = true
  }
}
