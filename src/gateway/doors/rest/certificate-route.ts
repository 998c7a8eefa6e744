import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError } from '@openbsn/sdk'
import { problemResponses } from '../problem-responses.ts'
import type { RestDeps } from './rest-door.ts'
import { binary, LedgerParams } from './schemas.ts'

const schema = {
  operationId: 'issueCertificate',
  tags: ['network'],
  summary: 'Issues a certificate for the gateway of a city node.',
  description:
    'For the operator of an active city node, on the node that the alliance has as issuer: the ' +
    'statement names the node and its public key. The certificate, in DER, is for the host of ' +
    'the address that the ledger has of the node.',
  params: LedgerParams,
  body: binary('Request, signed by the operator.', 'application/cose'),
  response: {
    200: binary('X.509 certificate in DER.', 'application/pkix-cert'),
    ...problemResponses,
  },
}

/** POST /certificates: for other nodes of the alliance. */
export const certificateRoute: FastifyPluginAsyncTypebox<RestDeps> = async (app, { ledgers }) => {
  app.addContentTypeParser('application/cose', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body)
  })
  app.post('/ledgers/:ledger/certificates', { schema }, async ({ params, body }, reply) => {
    const { certificates } = ledgers.get(params.ledger)
    if (!certificates) {
      throw new CodedError('CERTIFICATES_NONE', 'This node issues no certificates.')
    }
    if (!(body instanceof Uint8Array)) {
      throw new CodedError('REQUEST_INVALID', 'body: send a request as application/cose.')
    }
    const certificate = await certificates.issue(body)
    return reply.type('application/pkix-cert').send(Buffer.from(certificate))
  })
}
