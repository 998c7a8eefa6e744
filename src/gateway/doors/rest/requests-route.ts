import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { idempotencyActId, rowActId } from '@openbsn/sdk'
import { Type } from 'typebox'
import { secured } from '../../access/access.ts'
import { requireKey } from '../../idempotency-key.ts'
import { recordsOf } from '../../served-ledger.ts'
import { problemResponses } from '../problem-responses.ts'
import { proofOf, rejectionOf } from './call-json.ts'
import { RecordParams, RequestStatus } from './record-schemas.ts'
import type { RestDeps } from './rest-door.ts'
import { WholeNumber, wholeNumber } from './schemas.ts'

const schema = {
  ...secured,
  operationId: 'getRequest',
  tags: ['records'],
  summary: 'What became of a request, by its Idempotency-Key, whichever gateway it was sent to.',
  description:
    'Of requests of the credential that asks. A record that is committed is told with its place ' +
    'and receipt, for ever. A rejection leaves nothing in the ledger: the gateway that told it ' +
    'remembers it for a while, and then says not_sent, which is as true.',
  params: RecordParams,
  querystring: Type.Object(
    { row: Type.Optional(WholeNumber('Of a batch: which row, from 0.')) },
    { additionalProperties: false },
  ),
  response: { 200: RequestStatus, ...problemResponses },
}

/** GET /services/{service}/requests/{key}. */
export const requestsRoute: FastifyPluginAsyncTypebox<RestDeps> = async (app, deps) => {
  const path = '/ledgers/:ledger/services/:service/requests/:key'
  app.get(path, { schema }, async (request, reply) => {
    const { ledger, service, key } = request.params
    const served = deps.ledgers.get(ledger)
    const need = { served, service, scope: 'records:write', function: 'put' } as const
    const caller = deps.access.require(request, reply, need)
    requireKey(key)
    const id = idempotencyActId(key)
    const { row } = request.query
    const act = row === undefined ? id : rowActId(id, wholeNumber(row, 'querystring/row'))
    const status = await recordsOf(served).status({ ...caller, id: act })
    reply.header('cache-control', 'no-store')
    if (status.state === 'rejected') {
      return { request: key, state: status.state, ...rejectionOf(status) }
    }
    if (status.state !== 'committed') return { request: key, state: status.state }
    const { transaction, height, time } = status.place
    const index = Number(transaction)
    const proof = proofOf(served.ledger, index)
    return { request: key, state: status.state, index, height, time, ...proof }
  })
}
