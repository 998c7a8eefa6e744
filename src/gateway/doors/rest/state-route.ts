import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { encodeStateProof } from '@openbsn/sdk'
import { Type } from 'typebox'
import { base64url } from '../../base64url.ts'
import { problemResponses } from '../problem-responses.ts'
import { checkpointOf } from './checkpoint-route.ts'
import type { RestDeps } from './rest-door.ts'
import { LedgerParams, StateAnswer } from './schemas.ts'

/** GET /state: one value with its proof, or the proof that there is none. */
export const stateRoute: FastifyPluginAsyncTypebox<RestDeps> = async (app, { ledgers }) => {
  const schema = {
    operationId: 'getState',
    tags: ['proofs'],
    summary: 'The value under a state key, or its absence, with proof.',
    params: LedgerParams,
    querystring: Type.Object(
      {
        key: Type.String({ minLength: 1, maxLength: 512, description: 'Such as `service/NAME`.' }),
      },
      { additionalProperties: false },
    ),
    response: { 200: StateAnswer, ...problemResponses },
  }
  app.get('/ledgers/:ledger/state', { schema }, ({ params, query }, reply) => {
    const { ledger } = ledgers.get(params.ledger)
    const { value, proof, block } = ledger.state(query.key)
    return reply.send({
      key: query.key,
      value: value && base64url(value),
      proof: base64url(encodeStateProof(proof)),
      checkpoint: checkpointOf(ledger, block),
    })
  })
}
