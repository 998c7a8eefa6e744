import { isCodedError } from '@openbsn/sdk'
import type { SubmitOutcome } from '../../ledger/ledger.ts'
import type { ChainNotice } from '../chain-notice.ts'
import type { Indexed } from './block-store.ts'
import type { NextRange, RangeStore } from './range-store.ts'

/** Has the ledger register an act, signed by the operator of this node. */
export type RegisterRange = (range: NextRange) => Promise<SubmitOutcome>

export type RegistrarDeps = {
  readonly ranges: RangeStore
  readonly indexedOf: (service: string) => Indexed | undefined
  readonly register: RegisterRange
  /** The entry is in the ledger: it is taken before the next range is made. */
  readonly take: (entry: number) => void
  readonly onNotice: (notice: ChainNotice) => void
}

/** What is known of one service between two tries. */
type Work = { timer?: NodeJS.Timeout; running?: Promise<void>; faults: number; told: string }

const retryMsMax = 60_000
const muchBlocks = 512
/** Another node was faster: its range comes with the ledger's entries. */
const overtaken: readonly string[] = ['VERSION_STALE', 'ACT_CONFLICT']

/** Registers ranges of blocks in the ledger, one at a time for each service. */
export class RangeRegistrar {
  readonly #gatherMs: number
  readonly #deps: RegistrarDeps
  readonly #works = new Map<string, Work>()
  #isClosed = false

  constructor(gatherMs: number, deps: RegistrarDeps) {
    this.#gatherMs = gatherMs
    this.#deps = deps
  }

  /** Something may be there to register: it is gathered for a while. */
  soon(service: string, delayMs = this.#gatherMs): void {
    const work = this.#works.get(service) ?? { faults: 0, told: '' }
    this.#works.set(service, work)
    if (this.#isClosed || work.timer || work.running !== undefined) return
    work.timer = setTimeout(() => {
      delete work.timer
      work.running = this.#run(service, work).finally(() => {
        delete work.running
        const { ranges, indexedOf } = this.#deps
        const at = indexedOf(service)
        if (at && ranges.hasNext(at)) this.soon(service, this.#waitMs(work))
      })
    }, delayMs).unref()
  }

  #waitMs({ faults }: Work): number {
    return faults === 0 ? this.#gatherMs : Math.min(retryMsMax, this.#gatherMs * 2 ** faults)
  }

  /** Never rejects. */
  async #run(service: string, work: Work): Promise<void> {
    const { ranges, indexedOf } = this.#deps
    for (;;) {
      const at = indexedOf(service)
      const range = at && !this.#isClosed ? ranges.next(service, at) : undefined
      if (!at || !range) return
      const isDone = await this.#register(range, at, work)
      if (!isDone) return
      // What came meanwhile is gathered, unless there is much of it.
      if ((indexedOf(service)?.height ?? 0) - range.last < muchBlocks) return
    }
  }

  async #register(range: NextRange, at: Indexed, work: Work): Promise<boolean> {
    const { register, take, ranges, indexedOf } = this.#deps
    try {
      const outcome = await register(range)
      if (outcome.outcome === 'refused') {
        const { code, detail } = outcome
        work.faults = overtaken.includes(code) ? 1 : work.faults + 1
        if (!overtaken.includes(code)) this.#tell(range, work, code, detail)
        return false
      }
      take(outcome.index)
      const now = indexedOf(range.service)
      // Blocks were dropped while it was under way: it may be of them.
      if (now && now.generation !== at.generation) ranges.forkAt(now, range.first - 1)
      work.faults = 0
      work.told = ''
      return true
    } catch (error) {
      work.faults++
      const code = isCodedError(error) ? error.code : 'unknown'
      this.#tell(range, work, code, String(error))
      return false
    }
  }

  /** Once for each kind of fault in a row. */
  #tell({ service }: NextRange, work: Work, code: string, why: string): void {
    if (work.told === code || this.#isClosed) return
    work.told = code
    const text = `its blocks are not registered (${code}): ${why}`
    this.#deps.onNotice({ level: 'warn', service, text })
  }

  /** What is under way is over. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const { timer } of this.#works.values()) clearTimeout(timer)
    await Promise.all([...this.#works.values()].map(({ running }) => running))
  }
}
