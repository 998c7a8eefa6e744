import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError, type ContractLog } from '@openbsn/sdk'
import { Type } from 'typebox'
import type { ContractLogQuery } from '../../../../frameworks/fabric/host/contract-log.ts'
import { namedCredential } from '../../../access/credential.ts'
import { objectsOf } from '../../../access/state-objects.ts'
import { requireFramework } from '../../../framework-of.ts'
import type { RequirePublisher } from '../../../publisher-routes.ts'
import type { ServedLedger, ServedLedgers } from '../../../served-ledger.ts'
import { problemResponses } from '../../problem-responses.ts'
import type { RestDeps } from '../rest-door.ts'
import { WholeNumber, wholeNumber } from '../schemas.ts'
import { ContractParams } from './contract-schemas.ts'
import { base, schemaOf } from './route-parts.ts'

const path = `${base}/contracts/:contract/log`
const [linesUsual, linesMax] = [200, 2000]

const asked = {
  ...schemaOf('getContractLog', 'What a contract of Fabric printed on this node, newest last.'),
  params: ContractParams,
  querystring: Type.Object(
    {
      lines: Type.Optional(
        WholeNumber(`So many of the newest, 1 to ${linesMax}; ${linesUsual} where absent.`),
      ),
    },
    { additionalProperties: false },
  ),
  response: {
    200: Type.Object({
      lines: Type.Array(Type.String({ description: 'As printed; cut after 2,000 characters.' })),
      isCut: Type.Boolean({ description: 'There are older lines than these.' }),
    }),
    ...problemResponses,
  },
}
const kept =
  'Each node has its own, of its last 3 MB, also of a contract that does not start. Told only ' +
  'where the package runs for no other service.'

/** GET …/contracts/{contract}/log: for credentials. */
export const contractLogRoute: FastifyPluginAsyncTypebox<RestDeps> = async (
  app,
  { ledgers, access },
) => {
  const description = `Needs the scope log:read, in a credential of the publisher. ${kept}`
  app.get(path, { schema: { ...asked, description } }, async (request, reply) => {
    const { ledger, service, contract } = request.params
    const served = ledgers.get(ledger)
    const { credential } = access.require(request, reply, { served, service, scope: 'log:read' })
    if (namedCredential(objectsOf(served.ledger), credential)?.participant !== undefined) {
      const message = `The credential ${credential} is one of a participant.`
      throw new CodedError('CONTRACT_LOG_REFUSED', message)
    }
    return logOf(served, { service, contract, linesMax: linesIn(request.query) })
  })
}

export type PublisherContractLogDeps = {
  readonly ledgers: ServedLedgers
  readonly requirePublisher: RequirePublisher
}

/** The same, for whoever published the service. */
export const publisherContractLogRoute: FastifyPluginAsyncTypebox<
  PublisherContractLogDeps
> = async (app, { ledgers, requirePublisher }) => {
  app.get(path, { schema: { ...asked, description: kept } }, async (request, reply) => {
    await requirePublisher(request, reply, 'read')
    const { ledger, service, contract } = request.params
    const query = { service, contract, linesMax: linesIn(request.query) }
    return logOf(ledgers.get(ledger), query)
  })
}

/** @throws REQUEST_INVALID */
function linesIn({ lines }: { readonly lines?: string }): number {
  const most = lines === undefined ? linesUsual : wholeNumber(lines, 'querystring/lines')
  if (most >= 1 && most <= linesMax) return most
  throw new CodedError('REQUEST_INVALID', `querystring/lines: must be 1 to ${linesMax}.`)
}

/** @throws FRAMEWORK_DIFFERS, SERVICE_ELSEWHERE, CONTRACT_NOT_FOUND, CONTRACT_LOG_REFUSED */
async function logOf(served: ServedLedger, query: ContractLogQuery): Promise<ContractLog> {
  requireFramework(served, query.service, 'fabric')
  const log = await served.fabric?.contractLog(query)
  if (log) return log
  const message = `This node runs no contract ${JSON.stringify(query.contract)} of the service.`
  throw new CodedError('CONTRACT_NOT_FOUND', message)
}
