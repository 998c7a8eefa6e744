import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError } from '@openbsn/sdk'
import { Type } from 'typebox'
import { base64url } from '../../base64url.ts'
import { sizeOf } from '../../served-ledger.ts'
import { problemResponses } from '../problem-responses.ts'
import type { RestDeps } from './rest-door.ts'
import { Hashes, LedgerParams, WholeNumber, wholeNumber } from './schemas.ts'

const tags = ['proofs']
const size = Type.Optional(WholeNumber('Tree size; the size of the log where absent.'))

const inclusionSchema = {
  operationId: 'getInclusionProof',
  tags,
  summary: 'The path of an entry to the root of the log (RFC 9162, section 2.1.3).',
  params: LedgerParams,
  querystring: Type.Object(
    { index: WholeNumber('The entry.'), size },
    { additionalProperties: false },
  ),
  response: {
    200: Type.Object({ index: Type.Integer(), size: Type.Integer(), path: Hashes }),
    ...problemResponses,
  },
}
const consistencySchema = {
  operationId: 'getConsistencyProof',
  tags,
  summary: 'Hashes that show that the log only grew (RFC 9162, section 2.1.4).',
  params: LedgerParams,
  querystring: Type.Object(
    { from: WholeNumber('The smaller tree size.'), to: size },
    { additionalProperties: false },
  ),
  response: {
    200: Type.Object({ from: Type.Integer(), to: Type.Integer(), path: Hashes }),
    ...problemResponses,
  },
}

/** GET /proofs/inclusion and /proofs/consistency. */
export const proofRoutes: FastifyPluginAsyncTypebox<RestDeps> = async (app, { ledgers }) => {
  const inclusion = '/ledgers/:ledger/proofs/inclusion'
  app.get(inclusion, { schema: inclusionSchema }, ({ params, query }, reply) => {
    const { ledger } = ledgers.get(params.ledger)
    const head = sizeOf(ledger)
    const index = wholeNumber(query.index, 'querystring/index')
    const of = query.size === undefined ? head : wholeNumber(query.size, 'querystring/size')
    if (index >= of || of > head) throw outOfRange(`index < size ≤ ${head} is needed.`)
    return reply.send({ index, size: of, path: ledger.inclusionPath(index, of).map(base64url) })
  })
  const consistency = '/ledgers/:ledger/proofs/consistency'
  app.get(consistency, { schema: consistencySchema }, ({ params, query }, reply) => {
    const { ledger } = ledgers.get(params.ledger)
    const head = sizeOf(ledger)
    const from = wholeNumber(query.from, 'querystring/from')
    const to = query.to === undefined ? head : wholeNumber(query.to, 'querystring/to')
    if (from > to || to > head) throw outOfRange(`from ≤ to ≤ ${head} is needed.`)
    return reply.send({ from, to, path: ledger.consistencyPath(from, to).map(base64url) })
  })
}

function outOfRange(message: string): CodedError {
  return new CodedError('PROOF_RANGE_INVALID', `There is no such proof: ${message}`)
}
