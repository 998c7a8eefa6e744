import type { SubmitOutcome } from '../ledger/ledger.ts'
import type { Metrics } from './metrics.ts'

/** Adds the outcomes of one request to the counters. */
export function countOutcomes(outcomes: readonly SubmitOutcome[], metrics: Metrics): void {
  let appended = 0
  let duplicate = 0
  for (const one of outcomes) {
    if (one.outcome === 'refused') metrics.refused(one.code)
    else if (one.outcome === 'appended') appended++
    else duplicate++
  }
  metrics.submitted('appended', appended)
  metrics.submitted('duplicate', duplicate)
  metrics.submitted('refused', outcomes.length - appended - duplicate)
}
