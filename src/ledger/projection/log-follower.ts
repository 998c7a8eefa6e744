import { CodedError } from '@openbsn/sdk'
import { openStore, type Store, type StoreOptions, type Table } from '../../storage/store.ts'

/** Consecutive entries on their way into a projection. `end`: exclusive. */
export type Step = { readonly first: number; readonly end: number }

export type FollowerOptions = {
  /** The projection's own, which may be deleted while no node runs. */
  readonly folder: string
  /** Offered entries are written so often, or many together. */
  readonly writeDelayMs: number
  /** A write that has not ended after this long is taken for failed. */
  readonly commitTimeoutMs?: number
}

/** What a projection makes of the log. */
export type FollowerDeps<S extends Step> = {
  /** Entries that are committed. */
  readonly size: () => number
  /** An empty step that begins at an index. */
  readonly begin: (first: number) => S
  /** The entries from `first` to `end` (exclusive), read from the log. */
  readonly read: (first: number, end: number) => S
  /** Puts a step into the tables; `isFresh`: what they have is of another log, and goes first. */
  readonly put: (step: S, isFresh: boolean) => void
  readonly onFailure: (error: Error) => void
}

/** Entries of one write from the log: what a turn of the event loop does unnoticed by others. */
const stepEntries = 500
const offeredEntriesMax = 20_000
/** So many entries are waited for, offered or not: it takes a second at most. */
const nearEntriesMax = offeredEntriesMax
/** Places within a step fit into 16 bits. */
const stepEntriesMax = 2 ** 16

const stopped = () =>
  new CodedError('LEDGER_STOPPED', 'The node stops: ask again later, or another gateway.', {
    retryable: true,
  })

const behind = (position: number, size: number) =>
  new CodedError(
    'LISTS_BEHIND',
    `Being made anew from the log: ${position} of ${size} entries are taken in.`,
    { retryable: true, details: { position, size } },
  )

function openTables(
  options: StoreOptions,
  { onFailure }: Pick<FollowerDeps<Step>, 'onFailure'>,
): Store {
  try {
    return openStore(options, { onFailure })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const message = `${options.folder} cannot be opened: ${reason}`
    throw new CodedError('LISTS_UNREADABLE', message, { cause })
  }
}

/**
 * Follows a log into tables of its own, beside consensus. They and the position are written
 * together, so that no crash takes an entry in twice, or not at all.
 */
export class LogFollower<S extends Step> {
  readonly #store: Store
  readonly #meta: Table
  readonly #writeDelayMs: number
  readonly #deps: FollowerDeps<S>
  #position: number
  /** End of what is in the tables or on its way there. */
  #next: number
  /** What was offered and is not on its way yet: begins at `#next`. */
  #offered: S | undefined
  #timer: NodeJS.Timeout | undefined
  #isStale: boolean
  #running: Promise<void> | undefined
  #isClosing = false

  constructor({ writeDelayMs, ...options }: FollowerOptions, deps: FollowerDeps<S>) {
    this.#store = openTables(options, deps)
    this.#meta = this.#store.table('meta')
    this.#writeDelayMs = writeDelayMs
    this.#deps = deps
    const position = this.storedPosition
    // What outlived a ledger that was brought back may know too much: it begins anew.
    this.#isStale = position > deps.size()
    this.#position = this.#isStale ? 0 : position
    this.#next = this.#position
  }

  table(name: string): Table {
    return this.#store.table(name)
  }

  /** The first index that is not in the tables yet. */
  get position(): number {
    return this.#position
  }

  /** As the tables have it that can be read now: the first index that is not in them. */
  get storedPosition(): number {
    return this.#meta.get('position')?.readDoubleBE() ?? 0
  }

  /**
   * Entries of a block, `count` from `first` on, so that they need not be read and parsed again.
   * `add` is called where they come next; else the log is read.
   */
  offer(first: number, count: number, add: (step: S) => void): void {
    if (this.#next === first) this.#offered ??= this.#deps.begin(first)
    const step = this.#offered
    const fits = step?.end === first && first + count - step.first <= stepEntriesMax
    if (fits) add(step)
    if (!fits || step.end - step.first > offeredEntriesMax) this.#advanceSoon()
    else this.#advanceLater()
  }

  #advanceLater(): void {
    this.#timer ??= setTimeout(() => this.#advanceSoon(), this.#writeDelayMs)
  }

  /** Without waiting: a failure has been told by the store. */
  #advanceSoon(): void {
    this.advance().catch(() => undefined)
  }

  /**
   * Takes in what the log has by now. Many calls at once do it once.
   * @throws LEDGER_STOPPED (retryable) where it is closed before it has come there: who waits for
   * more must not ask again and again
   */
  advance(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #run(): Promise<void> {
    const { size, read } = this.#deps
    while (this.#position < size()) {
      if (this.#isClosing) throw stopped()
      const end = Math.min(size(), this.#position + stepEntries)
      const step = this.#offered ?? read(this.#position, end)
      this.#offered = undefined
      this.#next = step.end
      await this.#write(step)
      // What was offered meanwhile has its own time.
      if (this.#offered) return this.#advanceLater()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  async #write(step: S): Promise<void> {
    const position = Buffer.alloc(8)
    position.writeDoubleBE(step.end)
    await this.#store.write(() => {
      this.#deps.put(step, this.#isStale)
      this.#meta.put('position', position)
    })
    this.#isStale = false
    this.#position = step.end
  }

  /**
   * Waits until all before `end` is in the tables: for what was offered, is being written or is
   * near, not for a long log that is still to be read.
   * @throws LISTS_BEHIND, LEDGER_STOPPED (both retryable)
   */
  async settle(end = Number.POSITIVE_INFINITY): Promise<void> {
    const size = this.#deps.size()
    while (this.#position < Math.min(end, size) && !this.#isClosing) {
      if (!this.#isNear(size)) throw behind(this.#position, size)
      await this.advance()
    }
    // The tables may be closed already.
    if (this.#isClosing) throw stopped()
  }

  #isNear(size: number): boolean {
    const isOnItsWay = this.#next >= size || this.#offered !== undefined
    return isOnItsWay || size - this.#position <= nearEntriesMax
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#isClosing = true
    await this.#running?.catch(() => undefined)
    await this.#store.close()
  }
}
