import { setTimeout } from 'node:timers/promises'
import { isCodedError, type Outcome } from '@openbsn/sdk'
import type { RowAct } from './row-writer.ts'

/** Sends rows and hears an outcome for each. */
type SendActs = (acts: readonly RowAct[]) => Promise<readonly Outcome[]>

export type PatienceDeps = {
  readonly send: SendActs
  /** Nothing is waited for any more once it is aborted. */
  readonly signal: AbortSignal
  /** Real seconds where absent. */
  readonly pause?: Pause
}

export type Pause = (seconds: number, signal: AbortSignal) => Promise<void>

export interface Patience {
  /**
   * Sends rows again for as long as a limit of a second refuses some, until it has let in none of
   * them so often on end that somebody else must be using it up. `isWhole`: rows are sent again all
   * together, because their acts are made of their places in the request.
   */
  send(acts: readonly RowAct[], isWhole: boolean): Promise<readonly Outcome[]>
}

/** Waits on end without one more row that was let in. */
const waitsMax = 30
/** A limit of a second ends with it; a gateway that names more than this is not believed. */
const waitSecondsMax = 60

const realPause: Pause = async (seconds, signal) => {
  await setTimeout(seconds * 1000, undefined, { signal }).catch(() => undefined)
}

type Told = { readonly outcomes: Outcome[]; readonly waitSeconds: number }

/** Requests that were refused wait for each other: else they would take turns at being refused. */
export function createPatience({ send, signal, pause = realPause }: PatienceDeps): Patience {
  let last: Promise<unknown> = Promise.resolve()

  async function attempt(acts: readonly RowAct[]): Promise<Told> {
    try {
      return { outcomes: [...(await send(acts))], waitSeconds: 1 }
    } catch (error) {
      if (!isCodedError(error) || error.code !== 'RATE_LIMITED') throw error
      const { code, message: detail, details } = error
      const refused = acts.map((): Outcome => ({ outcome: 'refused', code, detail }))
      return { outcomes: refused, waitSeconds: Number(details.retryAfter ?? 1) }
    }
  }

  async function insist(acts: readonly RowAct[], isWhole: boolean, first: Told) {
    const { outcomes } = first
    let { waitSeconds } = first
    let left = limitedIn(outcomes)
    for (let waits = 0; left.length > 0 && waits < waitsMax; ) {
      if (outcomes.some(isOfDay)) break
      await pause(Math.min(waitSeconds, waitSecondsMax), signal)
      if (signal.aborted) break
      const places = isWhole ? [...acts.keys()] : left
      const again = await attempt(places.flatMap((place) => acts[place] ?? []))
      takeOver(outcomes, places, again.outcomes)
      const before = left.length
      left = limitedIn(outcomes)
      waits = left.length < before ? 0 : waits + 1
      waitSeconds = again.waitSeconds
    }
    return outcomes
  }

  return {
    send: async (acts, isWhole) => {
      const first = await attempt(acts)
      if (limitedIn(first.outcomes).length === 0) return first.outcomes
      const mine = last.then(() => insist(acts, isWhole, first))
      last = mine.catch(() => undefined)
      return mine
    },
  }
}

/** New outcomes in their places, where a limit refused before: what was told stays. */
function takeOver(outcomes: Outcome[], places: readonly number[], again: readonly Outcome[]): void {
  for (const [i, place] of places.entries()) {
    const [before, now] = [outcomes[place], again[i]]
    if (before && now && isOfSecond(before)) outcomes[place] = now
  }
}

function limitedIn(outcomes: readonly Outcome[]): number[] {
  return outcomes.flatMap((one, place) => (isOfSecond(one) ? [place] : []))
}

/** Refused by the limit of a second: it passes. */
export function isOfSecond(outcome: Outcome): boolean {
  return outcome.outcome === 'refused' && outcome.code === 'RATE_LIMITED'
}

/** Refused by the limit of a day: waiting is for somebody else. */
export function isOfDay(outcome: Outcome): boolean {
  return outcome.outcome === 'refused' && outcome.code === 'QUOTA_EXCEEDED'
}
