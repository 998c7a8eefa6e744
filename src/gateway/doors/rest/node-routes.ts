import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { decodeCoseKey, thumbprint, toHex } from '@openbsn/sdk'
import { Type } from 'typebox'
import { nodeOf } from '../../../alliance/node-state.ts'
import { nodeKey } from '../../../ledger/modules/alliance-objects.ts'
import type { StateObject } from '../../../ledger/state/state-view.ts'
import { problemResponses } from '../problem-responses.ts'
import { listObjects, Name, pageQuery, requireObject } from './object-list.ts'
import { Node, NodePage } from './object-schemas.ts'
import type { RestDeps } from './rest-door.ts'
import { LedgerId, LedgerParams } from './schemas.ts'

const tags = ['nodes']

function shown(id: string, object: StateObject) {
  const { validatorKey, consensusKey: _, ...facts } = nodeOf(object)
  const validator = validatorKey && toHex(thumbprint(decodeCoseKey(validatorKey)))
  return { id, ...facts, ...(validator === undefined ? {} : { validator }) }
}

const NodeQuery = Type.Object(
  {
    operator: Type.Optional(Name('Id of a member.')),
    country: Type.Optional(Name('ISO 3166-1 alpha-2.')),
    status: Type.Optional(Name('`active` or `retired`.')),
    ...pageQuery,
  },
  { additionalProperties: false },
)

/** GET /nodes …: the city nodes, from the state. */
export const nodeRoutes: FastifyPluginAsyncTypebox<RestDeps> = async (app, { ledgers }) => {
  const listSchema = {
    operationId: 'listNodes',
    tags,
    summary: 'Lists city nodes by operator, country and status.',
    params: LedgerParams,
    querystring: NodeQuery,
    response: { 200: NodePage, ...problemResponses },
  }
  app.get('/ledgers/:ledger/nodes', { schema: listSchema }, ({ params, query }) => {
    const { ledger } = ledgers.get(params.ledger)
    const { items, ...rest } = listObjects(ledger, nodeKey(''), query, shown)
    return { nodes: items, ...rest }
  })
  const schema = {
    operationId: 'getNode',
    tags,
    summary: 'A city node as the state has it; `state?key=node/ID` proves it.',
    params: Type.Object({ ledger: LedgerId, node: Name('Id of the node.') }),
    response: { 200: Node, ...problemResponses },
  }
  app.get('/ledgers/:ledger/nodes/:node', { schema }, ({ params }) => {
    const { ledger } = ledgers.get(params.ledger)
    return shown(params.node, requireObject(ledger, nodeKey(params.node), 'OBJECT_NOT_FOUND'))
  })
}
