import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { groupKey } from '../../../alliance/group-state.ts'
import { shownGroup } from '../../group-directory.ts'
import { problemResponses } from '../problem-responses.ts'
import { listObjects, Name, next, pageQuery, requireObject } from './object-list.ts'
import type { RestDeps } from './rest-door.ts'
import { LedgerId, LedgerParams } from './schemas.ts'

const tags = ['groups']

const Group = Type.Object({
  id: Type.String(),
  ledger: LedgerId,
  status: Type.String({ description: '`active` or `retired`.' }),
  nodes: Type.Array(
    Type.Object({
      id: Type.String(),
      operator: Type.String({ description: 'Id of the member that runs it.' }),
      gateway: Type.String({ description: 'URL of its gateway.' }),
    }),
    { description: 'The active nodes that say that they keep it.' },
  ),
  version: Type.Integer({ description: 'Counts the changes; `expect` of the next one.' }),
})
const GroupPage = Type.Object({ groups: Type.Array(Group), next })

/** GET /groups …: the other ledgers of the alliance, as the root ledger lists them. */
export const groupRoutes: FastifyPluginAsyncTypebox<RestDeps> = async (app, { ledgers }) => {
  const listSchema = {
    operationId: 'listGroups',
    tags,
    summary: 'Lists the groups of the alliance: ledgers that some of its nodes keep.',
    params: LedgerParams,
    querystring: Type.Object(
      { status: Type.Optional(Name('`active` or `retired`.')), ...pageQuery },
      { additionalProperties: false },
    ),
    response: { 200: GroupPage, ...problemResponses },
  }
  app.get('/ledgers/:ledger/groups', { schema: listSchema }, ({ params, query }) => {
    const { ledger } = ledgers.get(params.ledger)
    const { items, ...rest } = listObjects(ledger, groupKey(''), query, (id, object) =>
      shownGroup(ledger, id, object),
    )
    return { groups: items, ...rest }
  })
  const schema = {
    operationId: 'getGroup',
    tags,
    summary: 'A group and the nodes that keep it; `state?key=group/ID` proves which ledger it is.',
    params: Type.Object({ ledger: LedgerId, group: Name('Name of the group.') }),
    response: { 200: Group, ...problemResponses },
  }
  app.get('/ledgers/:ledger/groups/:group', { schema }, ({ params }) => {
    const { ledger } = ledgers.get(params.ledger)
    const object = requireObject(ledger, groupKey(params.group), 'OBJECT_NOT_FOUND')
    return shownGroup(ledger, params.group, object)
  })
}
