import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { problemResponses } from '../../problem-responses.ts'
import type { RestDeps } from '../rest-door.ts'
import { type Asked, anyContracts, ask, askedBy, present, requireKeyMode } from './asking.ts'
import {
  AskedCall,
  CallAnswer,
  Committed,
  EstimatedCall,
  FunctionParams,
  GasAnswer,
  SentCall,
  UnderWay,
} from './contract-schemas.ts'
import { base, callBytesMax, idempotencyHeaders, schemaOf, writeText } from './route-parts.ts'
import { writeCall } from './write-call.ts'

const one = `${base}/contracts/:contract`
const options = { bodyLimit: callBytesMax, preValidation: noBodyIsEmpty }

/** POST …/contracts/{contract}/call|estimate|send/{function}. */
export const callRoutes: FastifyPluginAsyncTypebox<RestDeps> = async (app, deps) => {
  const call = {
    ...schemaOf('callContract', 'Asks a function of a contract; nothing changes.'),
    params: FunctionParams,
    body: AskedCall,
    response: { 200: CallAnswer, ...problemResponses },
  }
  app.post(`${one}/call/:function`, { schema: call, ...options }, async (request, reply) => {
    const { contract, function: name, ...place } = request.params
    const how = { right: 'call', cost: 'call' } as const
    const asked = askedBy({ request, reply, ...place, ...anyContracts }, deps, how)
    const args = { ...addressed(asked, contract), function: name, ...request.body }
    return reply.send(await ask(asked, 'call', args))
  })

  const estimate = {
    ...schemaOf('estimateContract', 'How much gas a call would take, or why it would fail.'),
    params: FunctionParams,
    body: EstimatedCall,
    response: { 200: GasAnswer, ...problemResponses },
  }
  const estimating = { schema: estimate, ...options }
  app.post(`${one}/estimate/:function`, estimating, async (request, reply) => {
    const { contract: to, function: name, ...place } = request.params
    const how = { right: 'call', cost: 'estimate' } as const
    const asked = askedBy({ request, reply, ...place }, deps, how)
    return reply.send(await ask(asked, 'estimate', { to, function: name, ...request.body }))
  })

  const send = {
    ...schemaOf(
      'sendToContract',
      'Calls a function of a contract in a transaction, which the node signs.',
      `Needs a service of key-trust, its function send and the scope records:write. ${writeText}`,
    ),
    params: FunctionParams,
    headers: idempotencyHeaders,
    body: SentCall,
    response: { 200: Committed, 201: Committed, 202: UnderWay, ...problemResponses },
  }
  app.post(`${one}/send/:function`, { schema: send, ...options }, (request, reply) => {
    const { contract, function: name, ...place } = request.params
    const how = { right: 'send', cost: 'send' } as const
    const asked = askedBy({ request, reply, ...place, ...anyContracts }, deps, how)
    requireKeyMode(asked, 'key-trust')
    const args = present({ ...addressed(asked, contract), function: name, ...request.body })
    const location = ({ place: { transaction } }: Placed) => `/transactions/${transaction}`
    return writeCall(request, reply, { asked, function: 'send', args, location }, deps)
  })
}

/** Chains know an address, and others the name of a contract. */
const addressed = ({ framework }: Asked, contract: string) =>
  framework.name === 'evm' ? { to: contract } : { contract }

/** A function without arguments needs none. */
function noBodyIsEmpty(request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  request.body ??= {}
  done()
}

type Placed = { readonly place: { readonly transaction: string } }
