import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError, decodeCoseKey, thumbprint, toHex } from '@openbsn/sdk'
import { type Static, Type } from 'typebox'
import { nodeOf } from '../../../alliance/node-state.ts'
import { nodeKey } from '../../../ledger/modules/alliance-objects.ts'
import type { StateObject } from '../../../ledger/state/state-view.ts'
import type { NodeWatch } from '../../liveness/node-watch.ts'
import type { ServedLedger } from '../../served-ledger.ts'
import { problemResponses } from '../problem-responses.ts'
import { listObjects, Name, pageLimit, pageQuery, requireObject } from './object-list.ts'
import { Node, NodeOfLedgerPage, NodePage } from './object-schemas.ts'
import type { RestDeps } from './rest-door.ts'
import { LedgerId, LedgerParams } from './schemas.ts'

const tags = ['nodes']

type Shown = Pick<RestDeps, 'watch'> & Pick<ServedLedger, 'ledger' | 'network'>

function shown(id: string, object: StateObject, { watch, ledger, network }: Shown) {
  const { validatorKey, consensusKey, ...facts } = nodeOf(object)
  const validator = validatorKey && toHex(thumbprint(decodeCoseKey(validatorKey)))
  const equivocation = consensusKey && network?.equivocationOf(consensusKey)
  const liveness = watch.of(ledger.id, id)
  return {
    ...{ id, ...facts },
    ...(validator === undefined ? {} : { validator }),
    ...(equivocation ? { equivocation } : {}),
    ...(liveness && facts.status === 'active' ? { liveness } : {}),
  }
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

/** GET /nodes …: the city nodes, from the state, and whether they are there. */
export const nodeRoutes: FastifyPluginAsyncTypebox<RestDeps> = async (app, { ledgers, watch }) => {
  const everySchema = {
    operationId: 'listAllNodes',
    tags,
    summary: 'Lists the city nodes of every ledger that is served here, the live one first.',
    querystring: NodeQuery,
    response: { 200: NodeOfLedgerPage, ...problemResponses },
  }
  app.get('/nodes', { schema: everySchema }, ({ query }) => listOver(ledgers.all, query, watch))
  const listSchema = {
    operationId: 'listNodes',
    tags,
    summary: 'Lists city nodes by operator, country and status.',
    params: LedgerParams,
    querystring: NodeQuery,
    response: { 200: NodePage, ...problemResponses },
  }
  app.get('/ledgers/:ledger/nodes', { schema: listSchema }, ({ params, query }) => {
    const { ledger, ...served } = ledgers.get(params.ledger)
    const of = { ...served, ledger, watch }
    const { items, ...rest } = listObjects(ledger, nodeKey(''), query, (id, object) =>
      shown(id, object, of),
    )
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
    const served = ledgers.get(params.ledger)
    const object = requireObject(served.ledger, nodeKey(params.node), 'OBJECT_NOT_FOUND')
    return shown(params.node, object, { ...served, watch })
  })
}

type NodeThere = ReturnType<typeof shown> & { readonly ledger: string }
type PageOver = { nodes: NodeThere[]; next?: string }

/** One list after the other. A cursor is the ledger's id, and where its own list goes on. */
function listOver(
  ledgers: readonly ServedLedger[],
  { cursor, limit, ...filters }: Static<typeof NodeQuery>,
  watch: NodeWatch,
): PageOver {
  const nodes: PageOver['nodes'] = []
  const size = pageLimit(limit)
  const [id, inside = ''] = cursor?.split('.') ?? [ledgers[0]?.ledger.id]
  const first = ledgers.findIndex(({ ledger }) => ledger.id === id)
  if (first < 0) throw new CodedError('CURSOR_INVALID', 'The cursor is not one of this list.')
  for (const [place, served] of ledgers.slice(first).entries()) {
    const { ledger } = served
    if (nodes.length === size) return { nodes, next: `${ledger.id}.` }
    const goesOn = place === 0 && inside !== '' ? { cursor: inside } : {}
    const page = { ...filters, ...goesOn, limit: String(size - nodes.length) }
    const { items, next } = listObjects(ledger, nodeKey(''), page, (node, object) => ({
      ledger: ledger.id,
      ...shown(node, object, { ...served, watch }),
    }))
    nodes.push(...items)
    if (next !== undefined) return { nodes, next: `${ledger.id}.${next}` }
  }
  return { nodes }
}
