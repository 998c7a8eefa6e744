import type { CallOutcome } from './framework.ts'

/** Of an act whose id another call has. */
export const otherContent: CallOutcome = {
  state: 'rejected',
  code: 'ACT_ID_CONFLICT',
  detail: 'Another call has this id already.',
}

/** The same, of a call that came again. */
export const asRepeat = (outcome: CallOutcome): CallOutcome =>
  outcome.state === 'committed' ? { ...outcome, isRepeat: true } : outcome

/** All outcomes, once each is known; else the first error: whoever sends all again learns each. */
export async function allOutcomes(
  outcomes: readonly Promise<CallOutcome>[],
): Promise<CallOutcome[]> {
  await Promise.allSettled(outcomes)
  return Promise.all(outcomes)
}
