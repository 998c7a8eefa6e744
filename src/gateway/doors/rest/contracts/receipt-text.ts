import type { Framework } from '../../../../frameworks/framework.ts'
import { base64url } from '../../../base64url.ts'

/** The proof of a transaction in base64url; `pending` while there is none. */
export function receiptText(framework: Pick<Framework, 'receipts'>, transaction: string): string {
  const [proof] = framework.receipts(transaction)
  return proof ? base64url(proof) : 'pending'
}
