import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError, decodeReceipts, parseStatement } from '@openbsn/sdk'
import { Type } from 'typebox'
import type { EntryRecord, Ledger } from '../../../ledger/ledger.ts'
import { requireReader } from '../../access/require-reader.ts'
import { base64url } from '../../base64url.ts'
import { receiptOf } from '../../receipt-of.ts'
import { problemResponses } from '../problem-responses.ts'
import { requireType } from './require-type.ts'
import type { RestDeps } from './rest-door.ts'
import { Base64url, binary, Entry, EntryParams, wholeNumber } from './schemas.ts'

const tags = ['entries']
const Receipt = Type.Object({ receipt: Base64url('COSE receipt (RFC 9942).') })

/** What stands in the log never changes. */
export const forever = 'public, max-age=31536000, immutable'

const entrySchema = {
  operationId: 'getEntry',
  tags,
  summary: 'One entry; with Accept: application/cose the registered bytes alone.',
  params: EntryParams,
  response: {
    200: {
      description: 'The entry.',
      content: {
        'application/json': { schema: Entry },
        ...binary('', 'application/cose').content,
      },
    },
    ...problemResponses,
  },
}
const receiptSchema = {
  operationId: 'getReceipt',
  tags,
  summary: 'The receipt of an entry; 409 RECEIPT_PENDING until enough validators signed.',
  params: EntryParams,
  response: {
    200: {
      description: 'The receipt.',
      content: {
        ...binary('', 'application/cose').content,
        // Of several validators: a CBOR array of receipts.
        ...binary('', 'application/cbor').content,
        'application/json': { schema: Receipt },
      },
    },
    ...problemResponses,
  },
}

/** GET /entries/{index} and /entries/{index}/receipt. */
export const entryRoutes: FastifyPluginAsyncTypebox<RestDeps> = async (
  app,
  { ledgers, access },
) => {
  app.get('/ledgers/:ledger/entries/:index', { schema: entrySchema }, (request, reply) => {
    const { params, headers } = request
    const served = ledgers.get(params.ledger)
    const entry = findEntry(served.ledger, params.index)
    const { sub: service } = parseStatement(entry.statement).claims
    requireReader(access, request, reply, { served, service })
    const type = requireType(headers.accept, ['application/json', 'application/cose'])
    reply.type(type).header('vary', 'accept')
    // What is for some alone, Access has told every cache to keep out of.
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', forever)
    if (type === 'application/cose') return reply.send(Buffer.from(entry.statement))
    return reply.send({ ...entry, statement: base64url(entry.statement) })
  })
  const receiptPath = '/ledgers/:ledger/entries/:index/receipt'
  app.get(receiptPath, { schema: receiptSchema }, ({ params, headers }, reply) => {
    const { ledger } = ledgers.get(params.ledger)
    const { index } = findEntry(ledger, params.index)
    const type = requireType(headers.accept, ['application/cose', 'application/json'])
    const receipt = receiptOf(ledger, index)
    if (!receipt) {
      const message = 'The block of the entry is not signed by enough validators yet.'
      throw new CodedError('RECEIPT_PENDING', message, { retryable: true })
    }
    reply.type(type).header('vary', 'accept')
    if (type === 'application/json') return reply.send({ receipt: base64url(receipt) })
    if (decodeReceipts(receipt).length > 1) reply.type('application/cbor')
    return reply.send(Buffer.from(receipt))
  })
}

/** @throws ENTRY_NOT_FOUND */
function findEntry(ledger: Ledger, text: string): EntryRecord {
  const entry = ledger.entry(wholeNumber(text, 'params/index'))
  if (entry) return entry
  throw new CodedError('ENTRY_NOT_FOUND', `The log has no entry ${text} yet.`)
}
