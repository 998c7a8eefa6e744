import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError } from '@openbsn/sdk'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import type { JsonObject } from '../../../../kernel/json.ts'
import { decodeCursor, encodeCursor } from '../../../cursor.ts'
import { problemResponses } from '../../problem-responses.ts'
import { PageQuery, pageLimit, pageOf } from '../object-list.ts'
import { ServiceParams } from '../record-schemas.ts'
import type { RestDeps } from '../rest-door.ts'
import { anyContracts, ask, askedBy, askedByAny, foundContract } from './asking.ts'
import {
  CompiledAnswer,
  ContractAnswer,
  ContractEventPage,
  ContractList,
  ContractParams,
  ContractSources,
  RegisteredContract,
  TemplateList,
} from './contract-schemas.ts'
import { base, schemaOf, sourceBytesMax } from './route-parts.ts'

const one = `${base}/contracts/:contract`
const answer = { 200: ContractAnswer, ...problemResponses }

/** GET …/contracts, …/templates, and everything about one contract that calls nothing. */
export const contractRoutes: FastifyPluginAsyncTypebox<RestDeps> = async (app, deps) => {
  await app.register(readRoutes, deps)
  await app.register(eventsRoute, deps)
  await app.register(describeRoutes, deps)
  await app.register(tellRoutes, deps)
  await app.register(compileRoute, deps)
}

const readRoutes: FastifyPluginAsyncTypebox<RestDeps> = async (app, deps) => {
  const list = {
    ...schemaOf('listContracts', 'Contracts of a service that are known by name.'),
    params: ServiceParams,
    querystring: PageQuery,
    response: { 200: ContractList, ...problemResponses },
  }
  app.get(`${base}/contracts`, { schema: list }, async (request, reply) => {
    const asked = askedByAny({ request, reply, ...request.params, ...anyContracts }, deps)
    const { contracts } = (await ask(asked, 'contracts')) as Static<typeof ContractList>
    const scope = { ...request.params, list: 'contracts' }
    const { items, ...rest } = pageOf(contracts, ({ name }) => name, request.query, scope)
    return reply.send({ contracts: items, ...rest })
  })

  const templates = {
    ...schemaOf('listTemplates', 'Contracts that are there to be deployed.'),
    params: ServiceParams,
    response: { 200: TemplateList, ...problemResponses },
  }
  app.get(`${base}/templates`, { schema: templates }, async (request, reply) => {
    const asked = askedByAny({ request, reply, ...request.params }, deps)
    return reply.send(await ask(asked, 'templates'))
  })

  const get = {
    ...schemaOf('getContract', 'One contract with its ABI, and its sources where it is verified.'),
    params: ContractParams,
    response: answer,
  }
  app.get(one, { schema: get }, async (request, reply) => {
    const { contract, ...place } = request.params
    const asked = askedByAny({ request, reply, ...place, ...anyContracts }, deps)
    return reply.send(foundContract(await ask(asked, 'contract', { contract }), contract))
  })
}

const eventsRoute: FastifyPluginAsyncTypebox<RestDeps> = async (app, deps) => {
  const schema = {
    ...schemaOf(
      'listContractEvents',
      'What a contract told so far, the newest first, by its ABI.',
      '…/events of the service goes on with what comes.',
    ),
    params: ContractParams,
    querystring: PageQuery,
    response: { 200: ContractEventPage, ...problemResponses },
  }
  app.get(`${one}/events`, { schema }, async (request, reply) => {
    const { params, query } = request
    const asked = askedByAny({ request, reply, ...params }, deps)
    const scope = { ...params, list: 'contract events' }
    const before = query.cursor === undefined ? undefined : decodeCursor(query.cursor, scope)
    const args = { contract: params.contract, limit: pageLimit(query.limit), before }
    const told = foundContract(await ask(asked, 'events', args), params.contract)
    const { events, next } = told as unknown as EventsTold
    const more = next === undefined ? {} : { next: encodeCursor(next, scope) }
    return reply.send({ events, ...more })
  })
}

type EventsTold = Pick<Static<typeof ContractEventPage>, 'events'> & { readonly next?: number }

type Named = FastifyRequest<{ Params: { ledger: string; service: string; contract: string } }>

/** What describes a contract to people and programs, by its ABI. */
async function described(
  request: FastifyRequest,
  reply: FastifyReply,
  name: 'openapi' | 'client',
  deps: RestDeps,
): Promise<JsonObject> {
  const { ledger, service, contract } = (request as Named).params
  const asked = askedByAny({ request, reply, ledger, service }, deps)
  const place = `/api/v1/ledgers/${ledger}/services/${encodeURIComponent(service)}`
  const own = `${place}/contracts/${encodeURIComponent(contract)}`
  return foundContract(await ask(asked, name, { contract, base: own }), contract)
}

const describeRoutes: FastifyPluginAsyncTypebox<RestDeps> = async (app, deps) => {
  const openapi = {
    ...schemaOf('getContractOpenapi', 'The functions of a contract as an OpenAPI document.'),
    params: ContractParams,
    response: {
      200: { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: {} } } },
      ...problemResponses,
    },
  }
  app.get(`${one}/openapi.json`, { schema: openapi }, async (request, reply) =>
    reply.send(await described(request, reply, 'openapi', deps)),
  )

  const client = {
    ...schemaOf('getContractClient', 'A client for a contract, in TypeScript, with its types.'),
    params: ContractParams,
    response: {
      200: { description: 'One module.', content: { 'text/typescript': { schema: {} } } },
      ...problemResponses,
    },
  }
  app.get(`${one}/client.ts`, { schema: client }, async (request, reply) => {
    const { text } = await described(request, reply, 'client', deps)
    return reply.type('text/typescript; charset=utf-8').send(Buffer.from(String(text)))
  })
}

/** @throws REQUEST_INVALID */
function requireOneSource({ template, sources }: Static<typeof ContractSources>): void {
  if ((template === undefined) !== (sources === undefined)) return
  throw new CodedError('REQUEST_INVALID', 'body: send "sources", or "template".')
}

/** What tells this node of a contract that others deployed, and of its sources. */
const tellRoutes: FastifyPluginAsyncTypebox<RestDeps> = async (app, deps) => {
  const options = { bodyLimit: sourceBytesMax }
  const register = {
    ...schemaOf(
      'registerContract',
      'Makes a contract that is on the chain known by a name and its ABI.',
      'Nothing goes to the chain, and each node is told by itself. Needs send and records:write.',
    ),
    params: ContractParams,
    body: RegisteredContract,
    response: answer,
  }
  app.put(one, { schema: register, ...options }, async (request, reply) => {
    const { contract: name } = request.params
    const how = { right: 'send', cost: 'send' } as const
    const asked = askedBy({ request, reply, ...request.params }, deps, how)
    const args = { name, ...request.body }
    return reply.send(foundContract(await ask(asked, 'register', args), name))
  })

  const verify = {
    ...schemaOf(
      'verifyContract',
      'Compiles sources, and compares what comes of it with the code on the chain.',
      'Where they are the same, the sources are shown with the contract. Needs send and ' +
        'records:write.',
    ),
    params: ContractParams,
    body: ContractSources,
    response: answer,
  }
  app.post(`${one}/verify`, { schema: verify, ...options }, async (request, reply) => {
    const { contract } = request.params
    const how = { right: 'send', cost: 'compile' } as const
    const asked = askedBy({ request, reply, ...request.params }, deps, how)
    requireOneSource(request.body)
    // Both are called `contract` where they come from: in the path and in the sources.
    const { contract: main, ...sources } = request.body
    const args = { contract, main, ...sources }
    return reply.send(foundContract(await ask(asked, 'verify', args), contract))
  })
}

const compileRoute: FastifyPluginAsyncTypebox<RestDeps> = async (app, deps) => {
  const schema = {
    ...schemaOf(
      'compileContract',
      'Compiles Solidity sources or a template, and deploys nothing.',
      'Its ABI says what a constructor takes, before it is called; 422 COMPILE_FAILED has each ' +
        'problem with file, line and column. Needs send and records:write.',
    ),
    params: ServiceParams,
    body: ContractSources,
    response: { 200: CompiledAnswer, ...problemResponses },
  }
  const options = { schema, bodyLimit: sourceBytesMax }
  app.post(`${base}/compile`, options, async (request, reply) => {
    const how = { right: 'send', cost: 'compile' } as const
    const asked = askedBy({ request, reply, ...request.params }, deps, how)
    requireOneSource(request.body)
    return reply.send(await ask(asked, 'compile', request.body))
  })
}
