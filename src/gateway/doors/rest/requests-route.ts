import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError, idempotencyActId, rowActId } from '@openbsn/sdk'
import { Type } from 'typebox'
import type { CallStatus, Framework } from '../../../frameworks/framework.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import { type Caller, secured } from '../../access/access.ts'
import { findService, frameworkOf } from '../../framework-of.ts'
import { requireKey } from '../../idempotency-key.ts'
import type { ServedLedger } from '../../served-ledger.ts'
import { problemResponses } from '../problem-responses.ts'
import { proofOf, rejectionOf } from './call-json.ts'
import { committedCall, rejectionOfCall } from './contracts/write-call.ts'
import { RecordParams, RequestStatus } from './record-schemas.ts'
import type { RestDeps } from './rest-door.ts'
import { WholeNumber, wholeNumber } from './schemas.ts'

const schema = {
  ...secured,
  operationId: 'getRequest',
  tags: ['records', 'contracts'],
  summary: 'What became of a request, by its Idempotency-Key, whichever gateway it was sent to.',
  description:
    'Of requests of the credential that asks. A record that is committed is told with its place ' +
    'and receipt, for ever. A rejection leaves nothing in the ledger: the gateway that told it ' +
    'remembers it for a while, and then says not_sent, which is as true. Of a batch the ' +
    'answer has `isBatch` and is about one `row`: the one asked for, else the first that is ' +
    'known of. Every row has a state of its own, so ask for the others with ?row=.',
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
    const isRecords = isOfRecords(served, service)
    const own = isRecords ? need : { ...need, function: 'send' }
    const caller = deps.access.require(request, reply, own)
    requireKey(key)
    const { row } = request.query
    const asked = {
      id: idempotencyActId(key),
      row: row === undefined ? undefined : wholeNumber(row, 'querystring/row'),
    }
    reply.header('cache-control', 'no-store')
    const framework = frameworkOf(served, service)
    if (!isRecords) return { ...(await findCall(framework, caller, asked)), request: key }
    const { status, ...batch } = await find(framework, caller, asked)
    const told = { request: key, ...batch, state: status.state }
    if (status.state === 'rejected') return { ...told, ...rejectionOf(status) }
    if (status.state !== 'committed') return told
    const { transaction, height, time } = status.place
    const index = Number(transaction)
    return { ...told, index, height, time, ...proofOf(served.ledger, index) }
  })
}

/** Only to know which right is needed: one that is unknown, `Access` refuses like any other. */
function isOfRecords(served: ServedLedger, service: string): boolean {
  return (findService(served, service)?.framework ?? 'records') === 'records'
}

/** What became of a call of another framework than records: there are no batches of them. */
async function findCall(
  framework: Framework,
  caller: Caller,
  { id, row }: Asked,
): Promise<JsonObject & { readonly state: CallStatus['state'] }> {
  if (row !== undefined) {
    const message = 'querystring/row: requests of this service are no batches.'
    throw new CodedError('REQUEST_INVALID', message)
  }
  const status = await framework.status({ ...caller, id })
  if (status.state === 'rejected') return { state: 'rejected', ...rejectionOfCall(status) }
  if (status.state !== 'committed') return { ...status }
  return { ...committedCall({ framework, service: caller.service }, status), state: 'committed' }
}

type Asked = { readonly id: Uint8Array; readonly row: number | undefined }
type Found = { readonly status: CallStatus; readonly isBatch?: true; readonly row?: number }

/** The first rows of a batch can be refused: so many are looked up before it counts as unknown. */
const rowsLookedUp = 16

/** What became of a row; without one of the whole, which may turn out to be a batch. */
async function find(
  framework: Pick<Framework, 'status'>,
  caller: Caller,
  { id, row }: Asked,
): Promise<Found> {
  const statusOf = (act: Uint8Array) => framework.status({ ...caller, id: act })
  if (row !== undefined) {
    const status = await statusOf(rowActId(id, row))
    return status.state === 'not_sent' ? { status, row } : { status, isBatch: true, row }
  }
  const status = await statusOf(id)
  if (status.state !== 'not_sent') return { status }
  for (let at = 0; at < rowsLookedUp; at++) {
    const one = await statusOf(rowActId(id, at))
    if (one.state !== 'not_sent') return { status: one, isBatch: true, row: at }
  }
  return { status }
}
