import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError, limits } from '@openbsn/sdk'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { parseJson } from '../../../kernel/json.ts'
import type { Ledger, SubmitOutcome } from '../../../ledger/ledger.ts'
import { readBatch, readTextBatch } from '../../batch.ts'
import { countOutcomes } from '../../count-outcomes.ts'
import { sendProblem } from '../../problem.ts'
import { firstSigned } from '../../request-log/first-signed.ts'
import { trailBody, trailJson } from '../../request-log/request-trail.ts'
import type { ServedLedger } from '../../served-ledger.ts'
import { problemResponses } from '../problem-responses.ts'
import { outcomeJson } from './outcome-json.ts'
import type { RestDeps } from './rest-door.ts'
import { Batch, binary, LedgerParams, Outcome, Outcomes } from './schemas.ts'

const json = 'application/json; charset=utf-8'

const schema = {
  operationId: 'registerStatements',
  tags: ['entries'],
  summary: 'Registers statements; answers when they are durable. Sending them again is safe.',
  description:
    'One statement as application/cose: 201 where it was appended, 200 where it was ' +
    'there already, a problem where it was refused. Many as application/cbor-seq ' +
    '(byte strings) or JSON: 200 with an outcome for each, and no headers about limits, which ' +
    'may be those of several credentials.',
  params: LedgerParams,
  querystring: Type.Object(
    { include: Type.Optional(Type.Literal('receipt', { description: 'Adds receipts.' })) },
    { additionalProperties: false },
  ),
  body: {
    content: {
      ...binary('', 'application/cose').content,
      ...binary('', 'application/cbor-seq').content,
      'application/json': { schema: Batch },
    },
  },
  response: {
    200: Type.Union([Outcome, Outcomes], { description: 'One outcome, or those of a batch.' }),
    201: Outcome,
    ...problemResponses,
  },
}

/** POST /entries: the way in of every statement. */
export const entriesRoute: FastifyPluginAsyncTypebox<RestDeps> = async (app, deps) => {
  addParsers(app)
  app.post('/ledgers/:ledger/entries', { schema }, async (request, reply) => {
    const { params, query, body } = request
    const served = deps.ledgers.get(params.ledger)
    const { ledger } = served
    const hasReceipts = query.include === 'receipt'
    if (body instanceof Uint8Array) {
      const asked = { request, reply, isSingle: true }
      const [outcome] = await submit(served, [body], asked, deps)
      return sendOne(reply, ledger, outcome, hasReceipts)
    }
    const outcomes = await submit(
      served,
      statementsOf(body),
      { request, reply, isSingle: false },
      deps,
    )
    const parts = outcomes.map((outcome) => outcomeJson(ledger, outcome, hasReceipts))
    return reply.header('content-type', json).send(`{"outcomes":[${parts.join(',')}]}`)
  })
}

function addParsers(app: FastifyInstance): void {
  const asBuffer = { parseAs: 'buffer' } as const
  app.addContentTypeParser('application/cose', asBuffer, (_request, body, done) => {
    done(null, body)
  })
  app.addContentTypeParser<Buffer>('application/cbor-seq', asBuffer, (request, body, done) => {
    const { buffer, byteOffset, length } = trailBody(request, body)
    done(null, readBatch(new Uint8Array(buffer, byteOffset, length)))
  })
  // Twice the statements: how many there are is told in our words, a bomb of values stops here.
  const valuesMax = 2 * limits.batchStatementsMax
  app.addContentTypeParser<Buffer>('application/json', asBuffer, (request, body, done) => {
    done(null, parseJson(trailJson(request, body), { valuesMax }))
  })
}

function statementsOf(body: unknown): Uint8Array[] {
  if (Array.isArray(body)) return body
  const { statements } = (body ?? {}) as { statements?: string[] }
  if (statements) return readTextBatch(statements)
  throw new CodedError('REQUEST_INVALID', 'body: send a statement, or many.')
}

type Asked = {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** Of many, the signers have each their limits: nobody's are told. */
  readonly isSingle: boolean
}

async function submit(
  served: ServedLedger,
  statements: readonly Uint8Array[],
  { request, reply, isSingle }: Asked,
  { access, metrics }: RestDeps,
): Promise<SubmitOutcome[]> {
  const before = reply.elapsedTime
  const outcomes = await served.ledger.submit(statements)
  metrics.committed((reply.elapsedTime - before) / 1000)
  countOutcomes(outcomes, metrics)
  const signed = firstSigned(outcomes)
  if (signed) access.nameSigner(request, served, signed, isSingle ? reply : undefined)
  return outcomes
}

function sendOne(
  reply: FastifyReply,
  ledger: Ledger,
  outcome: SubmitOutcome | undefined,
  hasReceipt: boolean,
): FastifyReply {
  if (!outcome) throw new CodedError('INTERNAL', 'The ledger gave no outcome.')
  if (outcome.outcome === 'refused') return sendProblem(reply, outcome)
  return reply
    .code(outcome.outcome === 'appended' ? 201 : 200)
    .header('location', `/api/v1/ledgers/${ledger.id}/entries/${outcome.index}`)
    .header('content-type', json)
    .send(outcomeJson(ledger, outcome, hasReceipt))
}
