import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { problemResponses } from '../problem-responses.ts'
import type { GatewayKeys } from './gateway-keys.ts'

const Query = Type.Object(
  {
    algorithm: Type.Optional(
      Type.Union([Type.Literal('ES256'), Type.Literal('ES256K'), Type.Literal('SM2')], {
        default: 'ES256',
        description: 'Of the key of the credential: what the client signs by.',
      }),
    ),
  },
  { additionalProperties: false },
)

/** GET /api/app/gateway-key: what a client of BSN is to be given as the gateway's certificate. */
export const gatewayKeyRoute: FastifyPluginAsyncTypebox<{ gatewayKeys: GatewayKeys }> = async (
  app,
  { gatewayKeys },
) => {
  const schema = {
    operationId: 'getBsnGatewayKey',
    tags: ['bsn'],
    summary: 'What answers to clients of BSN are signed with: a certificate, or a public key.',
    querystring: Query,
    response: {
      200: {
        description: 'PEM. For ES256 a certificate, which old clients in Python want.',
        content: { 'application/x-pem-file': { schema: Type.String() } },
      },
      ...problemResponses,
    },
  }
  app.get('/api/app/gateway-key', { schema }, async ({ query }, reply) => {
    const { shown } = await gatewayKeys.of(query.algorithm ?? 'ES256')
    return reply.header('content-type', 'application/x-pem-file').send(shown)
  })
}
