import type { FastifyReply } from 'fastify'
import type { EntryRecord, Ledger } from '../../../ledger/ledger.ts'
import { retryAfterSeconds } from '../../problem.ts'
import { entryId } from './entry-id.ts'
import { cose } from './schemas.ts'

export type ReceiptOf = {
  readonly ledger: Ledger
  readonly service: string
  readonly entry: EntryRecord
  /** Status with a receipt, and without one. */
  readonly status: { readonly ready: number; readonly pending: number }
}

/**
 * The receipt of an entry, or the news that it is pending. `Link` leads to the registered bytes:
 * the ones that the receipt is of.
 */
export function sendReceipt(
  reply: FastifyReply,
  { ledger, service, entry, status }: ReceiptOf,
): FastifyReply {
  const { index } = entry
  const id = entryId({ ledger: ledger.id, index })
  reply.header('location', `/scitt/${service}/entries/${id}`)
  const registered = `/api/v1/ledgers/${ledger.id}/entries/${index}`
  reply.header('link', `<${registered}>; rel="describes"; type="${cose}"`)
  const [receipt] = ledger.receipts(index)
  if (receipt) return reply.code(status.ready).type(cose).send(Buffer.from(receipt))
  reply.header('retry-after', retryAfterSeconds).header('cache-control', 'no-store')
  return reply.code(status.pending).send()
}
