import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { checksummed } from '../../../frameworks/evm/accounts/secp256k1.ts'
import { objectVersion } from '../../../ledger/state/state-view.ts'
import { accountsOf, freezesOf } from '../../../services/account-state.ts'
import { problemResponses } from '../problem-responses.ts'
import { listObjects, Name, pageQuery, requireObject } from './object-list.ts'
import {
  FrozenAccountPage,
  Participant,
  ParticipantPage,
  Service,
  ServicePage,
  show,
} from './object-schemas.ts'
import type { RestDeps } from './rest-door.ts'
import { LedgerId, LedgerParams } from './schemas.ts'

const tags = ['services']
const ServiceParams = Type.Object({ ledger: LedgerId, service: Name('Name of the service.') })

const ServiceQuery = Type.Object(
  {
    publisher: Type.Optional(Name('Such as `member/x`.')),
    framework: Type.Optional(Name('Such as `records`.')),
    status: Type.Optional(Name('Such as `running`.')),
    ...pageQuery,
  },
  { additionalProperties: false },
)
const ParticipantQuery = Type.Object(
  {
    role: Type.Optional(Name('One of the service’s roles.')),
    status: Type.Optional(Name('Such as `active`.')),
    ...pageQuery,
  },
  { additionalProperties: false },
)

const FrozenQuery = Type.Object(pageQuery, { additionalProperties: false })

/** GET /services …: what is published and who takes part, from the state. */
export const serviceRoutes: FastifyPluginAsyncTypebox<RestDeps> = async (app, { ledgers }) => {
  const listSchema = {
    operationId: 'listServices',
    tags,
    summary: 'Lists services by publisher, framework and status, in the order of their names.',
    params: LedgerParams,
    querystring: ServiceQuery,
    response: { 200: ServicePage, ...problemResponses },
  }
  app.get('/ledgers/:ledger/services', { schema: listSchema }, ({ params, query }) => {
    const { ledger } = ledgers.get(params.ledger)
    const one = (id: string, object: Parameters<typeof show>[2]) => show(Service, id, object)
    const { items, ...rest } = listObjects(ledger, 'service/', query, one)
    return { services: items, ...rest }
  })
  const schema = {
    operationId: 'getService',
    tags,
    summary: 'A service as the state has it; `state?key=service/NAME` proves it.',
    params: ServiceParams,
    response: { 200: Service, ...problemResponses },
  }
  app.get('/ledgers/:ledger/services/:service', { schema }, ({ params }) => {
    const { ledger, chains } = ledgers.get(params.ledger)
    const { service } = params
    const object = requireObject(ledger, `service/${service}`, 'SERVICE_UNKNOWN')
    const { version, ...shown } = show(Service, service, object)
    const chain = chains?.of(service)
    const rpc = `/api/{accessKey}/${service}/rpc`
    return { ...shown, ...(chain ? { chainId: chain.chainId, rpc } : {}), version }
  })
  await app.register(participantRoute, { ledgers })
  await app.register(frozenRoute, { ledgers })
}

const participantRoute: FastifyPluginAsyncTypebox<Pick<RestDeps, 'ledgers'>> = async (
  app,
  { ledgers },
) => {
  const schema = {
    operationId: 'listParticipants',
    tags,
    summary: 'Lists the participants of a service by role and status.',
    params: ServiceParams,
    querystring: ParticipantQuery,
    response: { 200: ParticipantPage, ...problemResponses },
  }
  app.get('/ledgers/:ledger/services/:service/participants', { schema }, ({ params, query }) => {
    const { ledger } = ledgers.get(params.ledger)
    requireObject(ledger, `service/${params.service}`, 'SERVICE_UNKNOWN')
    const one = (id: string, object: Parameters<typeof show>[2]) => show(Participant, id, object)
    const prefix = `participant/${params.service}/`
    const { items, ...rest } = listObjects(ledger, prefix, query, one)
    return { participants: items, ...rest }
  })
}

const frozenRoute: FastifyPluginAsyncTypebox<Pick<RestDeps, 'ledgers'>> = async (
  app,
  { ledgers },
) => {
  const schema = {
    operationId: 'listFrozenAccounts',
    tags,
    summary: 'Lists accounts and contracts of an EVM service that are frozen, by address.',
    description: '`state?key=account/SERVICE/DIGITS` proves one: in lower case, without 0x.',
    params: ServiceParams,
    querystring: FrozenQuery,
    response: { 200: FrozenAccountPage, ...problemResponses },
  }
  const path = '/ledgers/:ledger/services/:service/frozen-accounts'
  app.get(path, { schema }, ({ params, query }) => {
    const { ledger } = ledgers.get(params.ledger)
    requireObject(ledger, `service/${params.service}`, 'SERVICE_UNKNOWN')
    const frozen = { ...query, status: 'frozen' }
    const { items, ...rest } = listObjects(
      ledger,
      accountsOf(params.service),
      frozen,
      (id, one) => ({
        address: checksummed(id),
        freezes: [...freezesOf(one)],
        version: objectVersion(one),
      }),
    )
    return { accounts: items, ...rest }
  })
}
