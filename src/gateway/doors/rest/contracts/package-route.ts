import type { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError } from '@openbsn/sdk'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { problemResponses } from '../../problem-responses.ts'
import type { RestDeps } from '../rest-door.ts'
import { LedgerId } from '../schemas.ts'

/** As much as is taken of a package; the node has a limit of its own, which it tells. */
export const packageBytesMax = 64 * 1024 * 1024

export const PackageDigest = Type.String({
  pattern: '^[0-9a-f]{64}$',
  description: 'SHA-256 of the file, in hex.',
})

const schema = {
  operationId: 'putPackage',
  tags: ['contracts'],
  summary: 'Sends the package of a contract of Fabric to this node, as a .tar.gz.',
  description:
    'Its digest has to be that of a contract which its publisher defined on the ledger, for a ' +
    'service that this node is on: so nobody in particular has to send it. The node builds and ' +
    'runs it; GET …/contracts tells how far it is.',
  params: Type.Object({
    ledger: LedgerId,
    digest: PackageDigest,
  }),
  response: { 204: Type.Null({ description: 'It is kept.' }), ...problemResponses },
}

/** Packages are bodies of this door, never in memory as a whole. */
export function takePackages(app: Pick<FastifyInstance, 'addContentTypeParser'>): void {
  for (const type of ['application/gzip', 'application/octet-stream']) {
    app.addContentTypeParser(type, (_request, body, done) => done(null, body))
  }
}

/** PUT /packages/{digest}. */
export const packageRoute: FastifyPluginAsyncTypebox<RestDeps> = async (app, { ledgers }) => {
  takePackages(app)
  const options = { schema, bodyLimit: packageBytesMax, config: { isBodyStreamed: true } }
  app.put('/ledgers/:ledger/packages/:digest', options, async (request, reply) => {
    const { ledger, digest } = request.params
    const { fabric } = ledgers.get(ledger)
    if (!fabric) throw new CodedError('PACKAGE_UNWANTED', 'This node does not run Fabric.')
    if (!request.body) throw new CodedError('REQUEST_INVALID', 'body: send the .tar.gz.')
    await fabric.takePackage(digest, request.body as Readable)
    return reply.code(204).send(null)
  })
}
