import type { AuthorityFields } from '../../crypto/check-messages.ts'
import type { SubmitOutcome } from '../../ledger/ledger.ts'

/** What is decided when a signature is verified: who may write, and how much. */
const verified =
  /^(?:CREDENTIAL|SERVICE|SCOPE|PARTICIPANT|QUOTA|ALLIANCE|KEY_RE|NOT_ALLOWED|RATE_LIMITED|ACT_ID)/

/**
 * Who signed the first statement of which the outcome shows that its signature holds and that it
 * is no copy: those of others anyone can send, and would fill the log of who signed them.
 */
export function firstSigned(outcomes: readonly SubmitOutcome[]): AuthorityFields | undefined {
  return outcomes.find(
    (one) => one.outcome === 'appended' || (one.outcome === 'refused' && verified.test(one.code)),
  )?.authority
}
