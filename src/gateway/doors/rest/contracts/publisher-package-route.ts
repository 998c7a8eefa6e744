import type { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError } from '@openbsn/sdk'
import { Type } from 'typebox'
import type { RequirePublisher } from '../../../publisher-routes.ts'
import type { ServedLedgers } from '../../../served-ledger.ts'
import { problemResponses } from '../../problem-responses.ts'
import { ServiceParams } from '../record-schemas.ts'
import { PackageDigest, packageBytesMax, takePackages } from './package-route.ts'
import { base } from './route-parts.ts'

export type PublisherPackageDeps = {
  readonly ledgers: ServedLedgers
  readonly requirePublisher: RequirePublisher
}

const schema = {
  operationId: 'sendPackage',
  tags: ['contracts'],
  summary: 'Sends the package of a contract of Fabric to each city node of the service.',
  description:
    'A contract of the service has to be defined with it. One node that does not take it is no ' +
    'hindrance to the others: send it again for that one.',
  params: Type.Object({ ...ServiceParams.properties, digest: PackageDigest }),
  response: {
    200: Type.Object({
      sent: Type.Array(
        Type.Object({
          node: Type.String({ description: 'City node of the service.' }),
          problem: Type.Optional(Type.String({ description: 'Why it has not got it.' })),
        }),
      ),
    }),
    ...problemResponses,
  },
}

/** PUT …/services/{service}/packages/{digest}: for whoever published the service. */
export const publisherPackageRoute: FastifyPluginAsyncTypebox<PublisherPackageDeps> = async (
  app,
  { ledgers, requirePublisher },
) => {
  takePackages(app)
  const options = { schema, bodyLimit: packageBytesMax, config: { isBodyStreamed: true } }
  app.put(`${base}/packages/:digest`, options, async (request, reply) => {
    await requirePublisher(request, reply, 'contract-define')
    const { ledger, service, digest } = request.params
    const { fabric } = ledgers.get(ledger)
    if (!fabric) throw new CodedError('PACKAGE_UNWANTED', 'This node does not run Fabric.')
    if (!request.body) throw new CodedError('REQUEST_INVALID', 'body: send the .tar.gz.')
    const sent = await fabric.sendPackage(service, digest, request.body as Readable)
    return reply.send({ sent })
  })
}
