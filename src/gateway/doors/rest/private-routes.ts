import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError } from '@openbsn/sdk'
import { Type } from 'typebox'
import { secured } from '../../access/access.ts'
import { base64url } from '../../base64url.ts'
import type { ServedLedger } from '../../served-ledger.ts'
import { problemResponses } from '../problem-responses.ts'
import { ServiceParams, StoredRecord } from './record-schemas.ts'
import type { RestDeps } from './rest-door.ts'
import { Base64url, wholeNumber } from './schemas.ts'

const base = '/ledgers/:ledger/services/:service'

const openSchema = {
  ...secured,
  operationId: 'openPrivatePayload',
  tags: ['records'],
  summary: 'What a private record stands for, with the salt: to check it offline.',
  description:
    'SHA-256 over salt, content type, a zero byte and payload is what the record at that index ' +
    'shows in base64url, as a JSON text. 410 where it was erased. Needs records:read.',
  params: Type.Object({ ...ServiceParams.properties, index: Type.String() }),
  response: {
    200: Type.Object({
      index: StoredRecord.properties.index,
      contentType: Type.String(),
      salt: Base64url('32 bytes.'),
      payload: Base64url('The canonical JSON (RFC 8785) of the value.'),
    }),
    ...problemResponses,
  },
}

const eraseSchema = {
  ...secured,
  operationId: 'eraseSubject',
  tags: ['records'],
  summary: 'Erases every private payload of a subject that is kept here, for ever.',
  description:
    'When it is answered, this city node has no key left that reads them; what was written ' +
    'through another node is kept there, and has to be erased there. Entries and proofs stay. A ' +
    'record of the service tells how many and when, not whose. Doing it again erases nothing ' +
    'more, and is no error. Needs records:write.',
  params: Type.Object({ ...ServiceParams.properties, subject: Type.String() }),
  response: {
    200: Type.Object({
      erased: Type.Integer({ description: 'Payloads that were erased by this request.' }),
      index: Type.Optional(Type.Integer({ description: 'Place of the record that tells so.' })),
      height: Type.Optional(Type.Integer({ description: 'Height of its block.' })),
      time: Type.Optional(StoredRecord.properties.time),
    }),
    ...problemResponses,
  },
}

/** GET /services/{service}/private/{index} and DELETE …/subjects/{subject}. */
export const privateRoutes: FastifyPluginAsyncTypebox<RestDeps> = async (app, deps) => {
  const { ledgers, access } = deps

  // What is kept for a subject alone is in no log.
  const config = { requestLog: 'head' } as const
  app.get(`${base}/private/:index`, { schema: openSchema, config }, (request, reply) => {
    const { ledger, service } = request.params
    const served = ledgers.get(ledger)
    access.require(request, reply, { served, service, scope: 'records:read', function: 'get' })
    const index = wholeNumber(request.params.index, 'params/index')
    const { contentType, salt, payload } = privateOf(served).open(service, index)
    reply.header('cache-control', 'no-store')
    return { index, contentType, salt: base64url(salt), payload: base64url(payload) }
  })

  app.delete(
    `${base}/subjects/:subject`,
    { schema: eraseSchema, config },
    async (request, reply) => {
      const { ledger, service, subject } = request.params
      const served = ledgers.get(ledger)
      const need = { served, service, scope: 'records:write', function: 'put' } as const
      const { credential } = access.require(request, reply, need)
      const { count, place } = await privateOf(served).erase({ service, subject, credential })
      if (!place) return { erased: count }
      const { transaction, height, time } = place
      return { erased: count, index: Number(transaction), height, time }
    },
  )
}

/** @throws PRIVATE_PAYLOAD_NOT_FOUND */
function privateOf({ privateRecords }: ServedLedger) {
  if (privateRecords) return privateRecords
  const message = 'This node was started to read alone, and keeps no private payloads.'
  throw new CodedError('PRIVATE_PAYLOAD_NOT_FOUND', message)
}
