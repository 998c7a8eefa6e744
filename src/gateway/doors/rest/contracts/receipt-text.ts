import type { Framework } from '../../../../frameworks/framework.ts'
import { base64url } from '../../../base64url.ts'

/** The proof of a transaction in base64url; `pending` while there is none. */
export function receiptText(
  framework: Pick<Framework, 'receipts'>,
  service: string,
  transaction: string,
): string {
  const [proof] = framework.receipts(service, transaction)
  return proof ? base64url(proof) : 'pending'
}
