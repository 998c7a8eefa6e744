import type { CallOutcome } from '../../../frameworks/framework.ts'
import type { Ledger } from '../../../ledger/ledger.ts'
import { base64url } from '../../base64url.ts'
import { receiptOf } from '../../receipt-of.ts'

/** Why a call was rejected, in the words of whoever sent an Idempotency-Key and no statement. */
export function rejectionOf({ code, detail }: { readonly code: string; readonly detail: string }) {
  if (code !== 'ACT_ID_CONFLICT') return { code, detail }
  const told = 'The Idempotency-Key was used before, with another value, key or content type.'
  return { code: 'IDEMPOTENCY_KEY_REUSED', detail: told }
}

/** An outcome as the inside of a JSON object, by hand: see `outcomeJson`. */
export function callJson(ledger: Ledger, outcome: CallOutcome, hasReceipt: boolean): string {
  if (outcome.state === 'rejected') {
    return JSON.stringify({ outcome: 'refused', ...rejectionOf(outcome) }).slice(1, -1)
  }
  const { transaction, height, time } = outcome.place
  const what = outcome.isRepeat ? 'duplicate' : 'appended'
  const place = `"outcome":"${what}","index":${transaction},"height":${height},"time":${time}`
  if (!hasReceipt) return place
  const { receipt, statement } = proofOf(ledger, Number(transaction))
  return `${place},"receipt":"${receipt}","statement":"${statement}"`
}

/** What a verifier needs of an entry: `pending` in place of a receipt that is not there yet. */
export function proofOf(ledger: Ledger, index: number) {
  const receipt = receiptOf(ledger, index)
  const { statement } = ledger.entry(index) ?? { statement: new Uint8Array() }
  return { receipt: receipt ? base64url(receipt) : 'pending', statement: base64url(statement) }
}
