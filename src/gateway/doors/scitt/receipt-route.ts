import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError, parseStatement } from '@openbsn/sdk'
import { Type } from 'typebox'
import { nameLedger } from '../../served-ledger.ts'
import { requireType } from '../rest/require-type.ts'
import { readEntryId } from './entry-id.ts'
import { conciseResponses, cose, receiptContent, ServiceName } from './schemas.ts'
import type { ScittDeps } from './scitt-door.ts'
import { sendReceipt } from './send-receipt.ts'

const schema = {
  operationId: 'scittReceipt',
  tags: ['scitt'],
  summary: 'The receipt of an entry.',
  params: Type.Object({
    service: ServiceName,
    entry: Type.String({ description: 'Id of the entry, as `Location` had it.' }),
  }),
  response: {
    200: receiptContent('The receipt.'),
    204: { description: 'Not yet: ask again after `Retry-After`.' },
    ...conciseResponses,
  },
}

/** GET /scitt/{service}/entries/{entry} (draft-ietf-scitt-scrapi-11, section 2.4). */
export const receiptRoute: FastifyPluginAsyncTypebox<ScittDeps> = async (app, { ledgers }) => {
  app.get('/scitt/:service/entries/:entry', { schema }, ({ params, headers }, reply) => {
    requireType(headers.accept, [cose])
    const { service } = params
    const place = readEntryId(params.entry)
    const served = ledgers.find(place.ledger)
    if (served) nameLedger(reply, served)
    const entry = served?.ledger.entry(place.index)
    if (!served || !entry || parseStatement(entry.statement).claims.sub !== service) {
      const message = `Receipt with entry ID ${params.entry} not known to this service.`
      throw new CodedError('ENTRY_NOT_FOUND', message)
    }
    const { ledger } = served
    return sendReceipt(reply, { ledger, service, entry, status: { ready: 200, pending: 204 } })
  })
}
