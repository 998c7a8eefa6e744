import type { Refusal } from '../crypto/check-statement.ts'
import type { Quota } from './modules/module.ts'
import {
  objectVersion,
  readObject,
  type State,
  type StateReader,
  writeVersion,
} from './state/state-view.ts'

export const quotaKey = (credential: string) => `quota/${credential}`
const daySeconds = 86_400

type Count = { readonly count: number; readonly version: number }

/** What credentials with a limit have written today, while a block is executed. */
export class QuotaCount {
  readonly #state: StateReader
  readonly #day: number
  readonly #counts = new Map<string, Count>()

  constructor(state: StateReader, time: number) {
    this.#state = state
    this.#day = Math.floor(time / daySeconds)
  }

  /** Counts one record more, or refuses it. */
  take({ credential, perDay }: Quota): Refusal | undefined {
    const { count, version } = this.#counts.get(credential) ?? this.#read(credential)
    if (count < perDay) {
      this.#counts.set(credential, { count: count + 1, version: version + 1 })
      return undefined
    }
    const detail = `${perDay} records a day are written; the next day begins at ${this.#nextDay}.`
    return { code: 'QUOTA_EXCEEDED', detail }
  }

  get #nextDay(): string {
    return new Date((this.#day + 1) * daySeconds * 1000).toISOString()
  }

  #read(credential: string): Count {
    const object = readObject(this.#state, quotaKey(credential))
    if (!object) return { count: 0, version: 0 }
    const isToday = object.get('day') === this.#day
    return { count: isToday ? Number(object.get('count')) : 0, version: objectVersion(object) }
  }

  /** Puts what was counted; the version of a count counts the records of all days. */
  writeTo(state: State): void {
    for (const [credential, { count, version }] of this.#counts) {
      writeVersion(state, quotaKey(credential), { day: this.#day, count }, version)
    }
  }
}
