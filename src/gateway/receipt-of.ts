import { encodeReceipts } from '@openbsn/sdk'
import type { Ledger } from '../ledger/ledger.ts'

/** An entry's receipt as it is served: of every validator that signed; undefined if pending. */
export function receiptOf(ledger: Pick<Ledger, 'receipts'>, index: number): Uint8Array | undefined {
  const receipts = ledger.receipts(index)
  return receipts.length === 0 ? undefined : encodeReceipts(receipts)
}
