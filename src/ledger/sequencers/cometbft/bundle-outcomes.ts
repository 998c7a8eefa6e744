import { isRefusal } from '../../../crypto/check-pool.ts'
import type { SubmitOutcome } from '../../ledger.ts'
import type { CheckedBundle } from './bundle-check.ts'

/**
 * What became of each statement, by the id of its bundle: what the check refused has no outcome of
 * the execution.
 */
export function outcomesOf(
  bundles: readonly CheckedBundle[],
  executed: readonly SubmitOutcome[],
): ReadonlyMap<string, readonly SubmitOutcome[]> {
  let next = 0
  return new Map(
    bundles.map(({ id, results }) => [
      id,
      results.flatMap((result): SubmitOutcome[] => {
        if (isRefusal(result)) return [{ outcome: 'refused', ...result }]
        const outcome = executed[next++]
        return outcome ? [outcome] : []
      }),
    ]),
  )
}
