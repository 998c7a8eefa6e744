import { parseStatement } from '@openbsn/sdk'
import { authorityFieldsOf } from '../crypto/authority-fields.ts'
import type { Refusal } from '../crypto/check-statement.ts'
import { assert } from '../kernel/assert.ts'
import { type AuthorityRules, decideAuthority } from './authority.ts'
import { sizeAfter } from './blocks.ts'
import type { Block } from './ledger.ts'
import type { LedgerStore } from './ledger-store.ts'
import type { Quota } from './modules/module.ts'
import {
  objectVersion,
  readObject,
  type State,
  type StateReader,
  writeVersion,
} from './state/state-view.ts'

/** Records of one credential: those of a day (since 1970), and those of all days as `version`. */
export type QuotaDay = { readonly day: number; readonly count: number; readonly version: number }
/** By credential. */
export type QuotaDays = ReadonlyMap<string, QuotaDay>

/** The state is at most so many entries behind with its counts. */
export const quotaStep = 4096

const daySeconds = 86_400
const quotaKey = (credential: string) => `quota/${credential}`
export const dayOf = (time: number): number => Math.floor(time / daySeconds)

/** Whether a block puts counts into the state for the sake of its place alone. */
export const crossesStep = (sizeBefore: number, size: number): boolean =>
  Math.floor(sizeBefore / quotaStep) !== Math.floor(size / quotaStep)

/** The last count of a credential: one that the state does not have yet, or that of the state. */
export function findQuota(state: StateReader, pending: QuotaDays, credential: string): QuotaDay {
  const found = pending.get(credential)
  if (found) return found
  const object = readObject(state, quotaKey(credential))
  if (!object) return { day: 0, count: 0, version: 0 }
  const [day, count] = [Number(object.get('day')), Number(object.get('count'))]
  return { day, count, version: objectVersion(object) }
}

/**
 * What credentials with a limit have written today, while a block is executed. Counts are exact at
 * each record, and go into the state together: with each block that changes it anyway, and with
 * each that takes the log over a multiple of `quotaStep`. Until then they follow from the log.
 */
export class QuotaCount {
  readonly #state: StateReader
  readonly #pending: QuotaDays
  readonly #day: number
  readonly #own = new Map<string, QuotaDay>()

  /** On top of `pending`, which the state does not have yet. */
  constructor(state: StateReader, pending: QuotaDays, time: number) {
    this.#state = state
    this.#pending = pending
    this.#day = dayOf(time)
  }

  /** Counts of this block. */
  get own(): QuotaDays {
    return this.#own
  }

  /** Counts one record more, or refuses it. */
  take({ credential, perDay }: Quota): Refusal | undefined {
    const last = this.#own.get(credential) ?? findQuota(this.#state, this.#pending, credential)
    const count = last.day === this.#day ? last.count : 0
    if (count < perDay) {
      this.#own.set(credential, { day: this.#day, count: count + 1, version: last.version + 1 })
      return undefined
    }
    const detail = `${perDay} records a day are written; the next day begins at ${this.#nextDay}.`
    return { code: 'QUOTA_EXCEEDED', detail }
  }

  get #nextDay(): string {
    return new Date((this.#day + 1) * daySeconds * 1000).toISOString()
  }

  /** Puts every count that the state does not have. */
  writeTo(state: State): void {
    for (const [credential, { version, ...fields }] of new Map([...this.#pending, ...this.#own])) {
      writeVersion(state, quotaKey(credential), fields, version)
    }
  }
}

/** Counts that the state does not have at `head`: those of the entries since it last changed. */
export function restoreQuotas(store: LedgerStore, head: Block, rules: AuthorityRules): QuotaDays {
  const blocks = blocksBehind(store, head)
  const pending = new Map<string, QuotaDay>()
  const first = blocks.at(-1)
  if (!first) return pending
  for (const { height, bytes } of store.entriesFrom(first.firstIndex)) {
    const block = blocks[head.height - height]
    assert(block !== undefined, 'an entry is of the block that its chunk names')
    const { time } = block
    // No act came since: what the state says now is what it said then.
    const fields = authorityFieldsOf(parseStatement(bytes))
    const { rights } = decideAuthority(rules, fields, { state: store, height, time })
    if (!('kind' in rights) || rights.kind !== 'record' || !rights.quota) continue
    const count = new QuotaCount(store, pending, time)
    count.take(rights.quota)
    for (const [credential, day] of count.own) pending.set(credential, day)
  }
  return pending
}

/** Blocks since the state last took its counts in, the last one first. */
function blocksBehind(store: LedgerStore, head: Block): Block[] {
  const found: Block[] = []
  for (let block = head; block.height > 0 && !crossesStep(block.firstIndex, sizeAfter(block)); ) {
    const before = store.block(block.height - 1)
    assert(before !== undefined, `the block at height ${block.height - 1} is stored`)
    if (Buffer.compare(before.stateRoot, block.stateRoot) !== 0) break
    found.push(block)
    block = before
  }
  return found
}
