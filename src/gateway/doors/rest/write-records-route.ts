import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError, idempotencyActId, limits, rowActId } from '@openbsn/sdk'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Call, CallOutcome, Framework } from '../../../frameworks/framework.ts'
import { assert } from '../../../kernel/assert.ts'
import { type JsonObject, parseJson } from '../../../kernel/json.ts'
import { type Caller, secured } from '../../access/access.ts'
import { requireFramework } from '../../framework-of.ts'
import { requestKeyOf } from '../../idempotency-key.ts'
import type { Metrics } from '../../metrics.ts'
import { sendProblem } from '../../problem.ts'
import { trailJson } from '../../request-log/request-trail.ts'
import type { ServedLedger } from '../../served-ledger.ts'
import { problemResponses } from '../problem-responses.ts'
import { admitRows } from './admit-rows.ts'
import { callJson, rejectionOf } from './call-json.ts'
import { NewRecords, ServiceParams, WrittenRecord, WrittenRecords } from './record-schemas.ts'
import type { RestDeps } from './rest-door.ts'

const json = 'application/json; charset=utf-8'
/** Far beyond any honest batch; a bomb of values stops here. */
const valuesMax = 500_000
/** A client that goes away does not take back what it sent. */
const never = new AbortController().signal

const schema = {
  ...secured,
  operationId: 'writeRecords',
  tags: ['records'],
  summary: 'Registers JSON as records, signed by this city node in the name of the credential.',
  description:
    'Needs a service of key-trust and the scope records:write. One record: 201, or 200 where the ' +
    'same request was registered before. Many: 200 with an outcome for each. Send an ' +
    'Idempotency-Key: the same request again, through any gateway, then has one effect, one for ' +
    'each row of a batch. Rows beyond the limit of a second are refused as RATE_LIMITED: send ' +
    'the same batch again, rows that are registered no longer count. The answer names the key ' +
    'in its header in any case.',
  params: ServiceParams,
  headers: Type.Object({
    'idempotency-key': Type.Optional(
      Type.String({ description: '1 to 255 printable ASCII characters, bare or in quotes.' }),
    ),
  }),
  querystring: Type.Object(
    { include: Type.Optional(Type.Literal('receipt', { description: 'Adds receipts.' })) },
    { additionalProperties: false },
  ),
  body: { content: { 'application/json': { schema: NewRecords } } },
  response: {
    200: Type.Union([WrittenRecord, WrittenRecords], { description: 'A repeat, or a batch.' }),
    201: WrittenRecord,
    ...problemResponses,
  },
}

/** POST /services/{service}/records. */
export const writeRecordsRoute: FastifyPluginAsyncTypebox<RestDeps> = async (app, deps) => {
  addParser(app)
  const path = '/ledgers/:ledger/services/:service/records'
  app.post(path, { schema }, async (request, reply) => {
    const { params, query, body } = request
    const served = deps.ledgers.get(params.ledger)
    const need = { served, service: params.service, scope: 'records:write' } as const
    const caller = deps.access.require(request, reply, { ...need, function: 'put' })
    const key = requestKeyOf(request, reply)
    const id = idempotencyActId(key)
    const { isBatch, calls } = callsOf(body as Static<typeof NewRecords>, caller, id)
    const before = reply.elapsedTime
    const framework = requireFramework(served, params.service, 'records')
    const isIn = await admitRows(calls, framework, {
      left: () => deps.access.left(served, caller),
      takeMore: (count) => deps.access.takeMore(reply, served, caller, count),
    })
    const admitted = calls.filter((_, row) => isIn(row))
    await requireUnused(framework, caller, { id, isBatch })
    const told = await framework.submit(admitted, never)
    const outcomes = inPlaces(calls, isIn, told)
    // Only now is it known what the day has left.
    deps.access.tell(reply, served, caller)
    deps.metrics.committed((reply.elapsedTime - before) / 1000)
    count(outcomes, deps.metrics)
    const answer = { served, key, hasReceipts: query.include === 'receipt' }
    return isBatch ? sendMany(reply, outcomes, answer) : sendOne(reply, outcomes[0], answer)
  })
}

function addParser(app: FastifyInstance): void {
  const asBuffer = { parseAs: 'buffer' } as const
  app.addContentTypeParser<Buffer>('application/json', asBuffer, (request, body, done) => {
    done(null, parseJson(trailJson(request, body), { valuesMax }))
  })
}

type NewRecord = Static<typeof NewRecords>

/** @throws REQUEST_INVALID, BATCH_TOO_LARGE */
function callsOf({ records, ...one }: NewRecord, caller: Caller, id: Uint8Array) {
  const callOf = (args: object, actId: Uint8Array): Call => {
    return { ...caller, function: 'put', args: args as JsonObject, id: actId }
  }
  if (!records) {
    if (one.value !== undefined) return { isBatch: false, calls: [callOf(one, id)] }
    throw new CodedError('REQUEST_INVALID', 'body: send "value", or many under "records".')
  }
  if (Object.keys(one).length > 0 || records.length === 0) {
    throw new CodedError('REQUEST_INVALID', 'body/records: one or more, and nothing beside it.')
  }
  if (records.length > limits.batchStatementsMax) {
    const message = `More than ${limits.batchStatementsMax} records in one request.`
    throw new CodedError('BATCH_TOO_LARGE', message)
  }
  return { isBatch: true, calls: records.map((args, row) => callOf(args, rowActId(id, row))) }
}

/** What came of the rows that were let in, each in its place, and of the others. */
function inPlaces(
  calls: readonly Call[],
  isIn: (row: number) => boolean,
  told: readonly CallOutcome[],
): CallOutcome[] {
  let next = 0
  return calls.map((_, row) => {
    const outcome = isIn(row) ? told[next++] : overLimit
    assert(outcome !== undefined, 'every call has an outcome')
    return outcome
  })
}

const overLimit: CallOutcome = {
  state: 'rejected',
  code: 'RATE_LIMITED',
  detail: 'More records a second than this credential may write: send these again, later.',
}

/**
 * By the act that the key would be, had it been used for many instead of one, or so. Of a batch
 * whose first row was refused, other rows can be there.
 * @throws IDEMPOTENCY_KEY_REUSED
 */
async function requireUnused(
  framework: Framework,
  caller: Caller,
  { id, isBatch }: { readonly id: Uint8Array; readonly isBatch: boolean },
): Promise<void> {
  const { state } = await framework.status({ ...caller, id: isBatch ? id : rowActId(id, 0) })
  if (state === 'not_sent' || (state === 'rejected' && isBatch)) return
  const message = 'The Idempotency-Key was used for a batch before, or for a single record.'
  throw new CodedError('IDEMPOTENCY_KEY_REUSED', message)
}

function count(outcomes: readonly CallOutcome[], metrics: Metrics): void {
  let [appended, duplicate] = [0, 0]
  for (const outcome of outcomes) {
    if (outcome.state === 'rejected') metrics.refused(outcome.code)
    else if (outcome.isRepeat) duplicate++
    else appended++
  }
  metrics.submitted('appended', appended)
  metrics.submitted('duplicate', duplicate)
  metrics.submitted('refused', outcomes.length - appended - duplicate)
}

type Answer = {
  readonly served: ServedLedger
  readonly key: string
  readonly hasReceipts: boolean
}

function sendOne(
  reply: FastifyReply,
  outcome: CallOutcome | undefined,
  { served: { ledger }, key, hasReceipts }: Answer,
): FastifyReply {
  if (!outcome) throw new CodedError('INTERNAL', 'The framework gave no outcome.')
  if (outcome.state === 'rejected') return sendProblem(reply, rejectionOf(outcome))
  const request = JSON.stringify(key)
  return reply
    .code(outcome.isRepeat ? 200 : 201)
    .header('location', `/api/v1/ledgers/${ledger.id}/entries/${outcome.place.transaction}`)
    .header('content-type', json)
    .send(`{${callJson(ledger, outcome, hasReceipts)},"request":${request}}`)
}

function sendMany(
  reply: FastifyReply,
  outcomes: readonly CallOutcome[],
  { served: { ledger }, key, hasReceipts }: Answer,
): FastifyReply {
  const parts = outcomes.map((outcome) => `{${callJson(ledger, outcome, hasReceipts)}}`)
  const request = JSON.stringify(key)
  const text = `{"outcomes":[${parts.join(',')}],"request":${request}}`
  return reply.header('content-type', json).send(text)
}
