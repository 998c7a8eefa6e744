import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError } from '@openbsn/sdk'
import { type Static, Type } from 'typebox'
import type { JsonObject } from '../../kernel/json.ts'
import { doAct, resolveAct } from '../acts/do-act.ts'
import type { PortalLedger } from '../portal-deps.ts'
import { isActName, isOfNode } from '../rights.ts'
import { requireAdministrator } from '../session.ts'
import type { PortalAct } from '../store/portal-store.ts'
import type { RouteDeps } from './route-deps.ts'
import { Body, OrganisationParams, problems, RequestKey, Seconds } from './schemas.ts'

const Act = Type.Object({
  requestKey: Type.String(),
  ledger: Type.String({ description: 'Id of the ledger.' }),
  act: Type.String({ description: 'Such as `service-create`.' }),
  subject: Type.String({ description: 'What it is about, such as `service/flights`.' }),
  account: Type.String({ description: 'Who did it, as the account was called then.' }),
  time: Seconds('When it was asked for.'),
  state: Type.Union(
    [
      Type.Literal('pending'),
      Type.Literal('committed'),
      Type.Literal('rejected'),
      Type.Literal('unknown'),
      Type.Literal('not_sent'),
    ],
    { description: '`unknown`: ask again; it becomes `committed` or `not_sent` within minutes.' },
  ),
  entry: Type.Optional(Type.Integer({ description: 'Index of its entry in the log.' })),
  height: Type.Optional(Type.Integer({ description: 'Height of its block.' })),
  hasReceipt: Type.Optional(
    Type.Boolean({ description: 'False while too few validators have signed the block.' }),
  ),
  code: Type.Optional(Type.String({ description: 'Why the ledger refused it.' })),
  detail: Type.Optional(Type.String({ description: 'The same for people.' })),
})
const AskedAct = Body({
  act: Type.String({ maxLength: 64, description: 'Such as `service-create`.' }),
  fields: Type.Record(Type.String(), Type.Unknown(), {
    description: 'Its fields, as `ControlFields` of the SDK has them; bytes as base64url.',
  }),
  requestKey: RequestKey,
  ledger: Type.Optional(
    Type.String({ maxLength: 64, description: 'Id of the ledger; the live one where absent.' }),
  ),
})
const ActParams = Type.Object({ ...OrganisationParams.properties, requestKey: RequestKey })
const cursorPattern = '^\\d{1,12}\\.[!-~]{1,255}$'

const tags = ['acts']
const actSchema = {
  operationId: 'act',
  tags,
  summary: 'Does an act on a ledger, signed by the operator of this node.',
  description:
    'For the building of services: an organisation acts on what it published. The same again ' +
    'under its request key has one effect. What the ledger refuses is a problem with its code. ' +
    'CALL_FATE_UNKNOWN (504): GET …/acts/{requestKey} says in a while what became of it.',
  params: OrganisationParams,
  body: AskedAct,
  response: { 200: Act, 201: Act, ...problems },
}
const oneSchema = {
  operationId: 'getAct',
  tags,
  summary: 'What became of an act, by its request key.',
  params: ActParams,
  response: { 200: Act, ...problems },
}
const listSchema = {
  operationId: 'listActs',
  tags,
  summary: 'What members of the organisation did, the newest first.',
  params: OrganisationParams,
  querystring: Type.Object(
    { cursor: Type.Optional(Type.String({ pattern: cursorPattern })) },
    { additionalProperties: false },
  ),
  response: {
    200: Type.Object({ acts: Type.Array(Act), next: Type.Optional(Type.String()) }),
    ...problems,
  },
}
const servicesSchema = {
  operationId: 'listOwnServices',
  tags,
  summary: 'The services that the organisation published, by ledger and name.',
  params: OrganisationParams,
  response: {
    200: Type.Object({
      services: Type.Array(Type.Object({ ledger: Type.String(), service: Type.String() })),
    }),
    ...problems,
  },
}
const participantsSchema = {
  operationId: 'listOwnParticipants',
  tags,
  summary: 'What the organisation takes part in, by ledger and service, and as whom.',
  params: OrganisationParams,
  response: {
    200: Type.Object({
      participants: Type.Array(
        Type.Object({ ledger: Type.String(), service: Type.String(), id: Type.String() }),
      ),
    }),
    ...problems,
  },
}
const pageSize = 50

/** From accounts to ledgers. */
export const actRoutes: FastifyPluginAsyncTypebox<RouteDeps> = async (app, deps) => {
  const { accounts, clock, members, sessions } = deps
  const all = '/organisations/:organisation/acts'
  app.post(all, { schema: actSchema }, async (request, reply) => {
    const session = await sessions.require(request, reply)
    const { organisation } = request.params
    const { act, requestKey, ledger } = request.body
    if (!isActName(act)) throw notOffered(act)
    if (isOfNode(act)) requireAdministrator(session)
    await members.require(session, organisation, act)
    const { store } = await accounts.open()
    const on = ledgerFor(deps, ledger)
    const { account } = session
    const fields = request.body.fields as JsonObject
    const asked = { organisation, account, act, fields, requestKey }
    const { act: made, isRepeat } = await doAct(asked, on, { store, clock })
    return reply.code(isRepeat ? 200 : 201).send(shown(made, deps))
  })
  app.get(all, { schema: listSchema }, async (request, reply) => {
    const session = await sessions.require(request, reply)
    const { organisation } = request.params
    await members.require(session, organisation, 'organisation-read')
    const { store } = await accounts.open()
    const before = placeOf(request.query.cursor)
    const page = await store.acts(organisation, { limit: pageSize + 1, before })
    const acts: PortalAct[] = []
    for (const one of page.slice(0, pageSize)) {
      acts.push(await resolveAct(one, findLedger(deps, one.ledger), { store, clock }))
    }
    const last = acts.at(-1)
    const isMore = page.length > pageSize && last !== undefined
    const next = isMore ? { next: `${last.time}.${last.requestKey}` } : {}
    return { acts: acts.map((one) => shown(one, deps)), ...next }
  })
  app.get(`${all}/:requestKey`, { schema: oneSchema }, async (request, reply) => {
    const session = await sessions.require(request, reply)
    const { organisation, requestKey } = request.params
    await members.require(session, organisation, 'organisation-read')
    const { store } = await accounts.open()
    const found = await store.act(organisation, requestKey)
    if (!found) throw new CodedError('ACT_NOT_FOUND', 'Nothing was done under that request key.')
    const now = await resolveAct(found, findLedger(deps, found.ledger), { store, clock })
    return shown(now, deps)
  })
}

/** What an organisation has on ledgers. */
export const ownRoutes: FastifyPluginAsyncTypebox<RouteDeps> = async (app, deps) => {
  const { accounts, members, sessions } = deps
  const base = '/organisations/:organisation'
  app.get(`${base}/services`, { schema: servicesSchema }, async (request, reply) => {
    const session = await sessions.require(request, reply)
    const { organisation } = request.params
    await members.require(session, organisation, 'organisation-read')
    const { store } = await accounts.open()
    return { services: [...(await store.servicesOf(organisation))] }
  })
  app.get(`${base}/participants`, { schema: participantsSchema }, async (request, reply) => {
    const session = await sessions.require(request, reply)
    const { organisation } = request.params
    await members.require(session, organisation, 'organisation-read')
    const { store } = await accounts.open()
    const parts = await store.partsOf(organisation)
    const participants = parts.map(({ ledger, participant }) => {
      const [service = '', id = ''] = participant.split('/')
      return { ledger, service, id }
    })
    return { participants }
  })
}

function notOffered(act: string): CodedError {
  const message = `No organisation does ${JSON.stringify(act)} here.`
  return new CodedError('ACT_NOT_OFFERED', message)
}

const findLedger = ({ ledgers }: RouteDeps, id: string) =>
  ledgers().find(({ ledger }) => ledger.id === id)

/** @throws LEDGER_NOT_FOUND */
function ledgerFor(deps: RouteDeps, id: string | undefined): PortalLedger {
  const [live] = deps.ledgers()
  const found = id === undefined ? live : findLedger(deps, id)
  if (found) return found
  throw new CodedError('LEDGER_NOT_FOUND', 'This node serves no ledger with that id.')
}

function placeOf(cursor: string | undefined) {
  if (cursor === undefined) return undefined
  const dot = cursor.indexOf('.')
  return { time: Number(cursor.slice(0, dot)), requestKey: cursor.slice(dot + 1) }
}

function shown(act: PortalAct, deps: RouteDeps): Static<typeof Act> {
  const { organisation: _, content: __, expires: ___, accountName, ...rest } = act
  const told = { ...rest, account: accountName }
  if (act.entry === undefined) return told
  const receipts = findLedger(deps, act.ledger)?.ledger.receipts(act.entry) ?? []
  return { ...told, hasReceipt: receipts.length > 0 }
}
