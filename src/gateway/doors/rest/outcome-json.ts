import type { Ledger, SubmitOutcome } from '../../../ledger/ledger.ts'
import { base64url } from '../../base64url.ts'
import { receiptOf } from '../../receipt-of.ts'

/**
 * An outcome as JSON, written by hand: a batch has thousands, and a generic writer took a third of
 * the time that the request takes here.
 */
export function outcomeJson(ledger: Ledger, outcome: SubmitOutcome, hasReceipt: boolean): string {
  if (outcome.outcome === 'refused') {
    const { code, detail } = outcome
    return JSON.stringify({ outcome: 'refused', code, detail })
  }
  const { index, height } = outcome
  const place = `"outcome":"${outcome.outcome}","index":${index},"height":${height}`
  return hasReceipt ? `{${place},${proofOf(ledger, index)}}` : `{${place}}`
}

function proofOf(ledger: Ledger, index: number): string {
  const receipt = receiptOf(ledger, index)
  const entry = ledger.entry(index)
  const statement = entry ? `,"statement":"${base64url(entry.statement)}"` : ''
  return `"receipt":"${receipt ? base64url(receipt) : 'pending'}"${statement}`
}
