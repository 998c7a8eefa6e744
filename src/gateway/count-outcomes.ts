import type { SubmitOutcome } from '../ledger/ledger.ts'
import type { Metrics } from './metrics.ts'

/** Adds the outcomes of one request to the counters. */
export function countOutcomes(outcomes: readonly SubmitOutcome[], metrics: Metrics): void {
  let appended = 0
  let duplicate = 0
  for (const { outcome } of outcomes) {
    if (outcome === 'appended') appended++
    else if (outcome === 'duplicate') duplicate++
  }
  metrics.submitted('appended', appended)
  metrics.submitted('duplicate', duplicate)
  metrics.submitted('refused', outcomes.length - appended - duplicate)
}
