import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError } from '@openbsn/sdk'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { JsonObject } from '../../../../kernel/json.ts'
import { base64url } from '../../../base64url.ts'
import { problemResponses } from '../../problem-responses.ts'
import { ServiceParams } from '../record-schemas.ts'
import { requireType } from '../require-type.ts'
import type { RestDeps } from '../rest-door.ts'
import { Base64url, binary } from '../schemas.ts'
import {
  type AskedBy,
  anyContracts,
  ask,
  askedBy,
  askedByAny,
  present,
  requireKeyMode,
} from './asking.ts'
import {
  AccountAnswer,
  Committed,
  NewTransaction,
  TransactionAnswer,
  TransactionParams,
  UnderWay,
} from './contract-schemas.ts'
import { receiptText } from './receipt-text.ts'
import { base, callBytesMax, idempotencyHeaders, schemaOf, writeText } from './route-parts.ts'
import { requireOwnTransaction } from './user-owner.ts'
import { writeCall } from './write-call.ts'

const proofType = 'application/vnd.openbsn.transaction-proof+cbor'

/** POST …/transactions, GET …/transactions/{hash} and its proof, GET …/account. */
export const transactionRoutes: FastifyPluginAsyncTypebox<RestDeps> = async (app, deps) => {
  await app.register(sendRoute, deps)
  await app.register(readRoutes, deps)
  await app.register(accountRoute, deps)
}

const sendRoute: FastifyPluginAsyncTypebox<RestDeps> = async (app, deps) => {
  const schema = {
    ...schemaOf(
      'sendTransaction',
      'Sends a transaction: one that the client signed, or one that the node signs.',
      'In a service of public-key-upload `raw` alone, in one of key-trust `to` with `data` or ' +
        '`value`, on chains. On Fabric `raw` is the Envelope with the payload that …/proposals ' +
        `answered. Needs its function send and the scope records:write. ${writeText}`,
    ),
    params: ServiceParams,
    headers: idempotencyHeaders,
    body: NewTransaction,
    response: { 200: Committed, 201: Committed, 202: UnderWay, ...problemResponses },
  }
  const options = { schema, bodyLimit: callBytesMax }
  app.post(`${base}/transactions`, options, async (request, reply) => {
    const { params, body } = request
    const how = { right: 'send', cost: 'send' } as const
    const asked = askedBy({ request, reply, ...params, ...anyContracts }, deps, how)
    requireOneKind(body)
    const { raw } = body
    const isOfUser = asked.framework.name === 'fabric'
    requireKeyMode(asked, isOfUser || raw !== undefined ? 'public-key-upload' : 'key-trust')
    if (isOfUser) await requireOnFabric(asked, raw, deps)
    const location = ({ place }: { readonly place: { readonly transaction: string } }) =>
      `/transactions/${place.transaction}`
    const write = { asked, function: 'send', args: present(body), location } as const
    return writeCall(request, reply, write, deps)
  })
}

/** @throws REQUEST_INVALID */
function requireOneKind({ raw, ...managed }: Static<typeof NewTransaction>): void {
  const { to } = managed
  if (raw === undefined ? to !== undefined : Object.keys(managed).length === 0) return
  const message = 'body: send "raw" and nothing beside it, or "to" with "data", "value" and "gas".'
  throw new CodedError('REQUEST_INVALID', message)
}

/** Nodes sign for credentials by …/contracts/{contract}/send. @throws as `requireOwnTransaction` */
async function requireOnFabric(asked: AskedBy, raw: string | undefined, deps: RestDeps) {
  if (raw !== undefined) return requireOwnTransaction(asked, raw, deps)
  throw new CodedError('REQUEST_INVALID', 'body: on Fabric send "raw", or call a function by name.')
}

type Asking = FastifyRequest<{ Params: { ledger: string; service: string; hash: string } }>

/** A transaction of the service. @throws TRANSACTION_NOT_FOUND */
async function found(request: FastifyRequest, reply: FastifyReply, deps: RestDeps) {
  const { hash: given, ...place } = (request as Asking).params
  const asked = askedByAny({ request, reply, ...place, ...anyContracts }, deps)
  const digits = given.toLowerCase().replace(/^0x/, '')
  const hash = asked.framework.name === 'evm' ? `0x${digits}` : digits
  const transaction = await ask(asked, 'transaction', { hash })
  if (transaction !== null) return { asked, hash, transaction: transaction as JsonObject }
  const message = 'The chain of the service has no such transaction.'
  throw new CodedError('TRANSACTION_NOT_FOUND', message)
}

const readRoutes: FastifyPluginAsyncTypebox<RestDeps> = async (app, deps) => {
  const get = {
    ...schemaOf('getTransaction', 'A transaction: where it is, and whether it had its effect.'),
    params: TransactionParams,
    response: { 200: TransactionAnswer, ...problemResponses },
  }
  app.get(`${base}/transactions/:hash`, { schema: get }, async (request, reply) => {
    const { asked, hash, transaction } = await found(request, reply, deps)
    return reply.send({
      ...transaction,
      receipt: receiptText(asked.framework, asked.service, hash),
    })
  })

  const proof = {
    ...schemaOf(
      'getTransactionProof',
      'What proves a transaction with no server; 409 RECEIPT_PENDING until it is there.',
      'It holds the leaf, its path, the statement that registers the blocks, its receipts: see ' +
        '`verifyTransactionProof` of the SDK, and `bsn receipt verify`.',
    ),
    params: TransactionParams,
    response: {
      200: {
        description: 'The proof.',
        content: {
          ...binary('', proofType).content,
          'application/json': { schema: Type.Object({ receipt: Base64url('The same bytes.') }) },
        },
      },
      ...problemResponses,
    },
  }
  app.get(`${base}/transactions/:hash/proof`, { schema: proof }, async (request, reply) => {
    const { asked, hash } = await found(request, reply, deps)
    const type = requireType(request.headers.accept, [proofType, 'application/json'])
    const [bytes] = asked.framework.receipts(asked.service, hash)
    if (!bytes) {
      const message = 'The blocks of the transaction are not registered in the ledger yet.'
      throw new CodedError('RECEIPT_PENDING', message, { retryable: true })
    }
    reply.type(type).header('vary', 'accept')
    if (type === 'application/json') return reply.send({ receipt: base64url(bytes) })
    return reply.send(Buffer.from(bytes))
  })
}

const accountRoute: FastifyPluginAsyncTypebox<RestDeps> = async (app, deps) => {
  const schema = {
    ...schemaOf('getAccount', 'The account that the node keeps for the credential that asks.'),
    params: ServiceParams,
    response: { 200: AccountAnswer, ...problemResponses },
  }
  app.get(`${base}/account`, { schema }, async (request, reply) => {
    const how = { right: 'call', cost: 'read' } as const
    const asked = askedBy({ request, reply, ...request.params }, deps, how)
    requireKeyMode(asked, 'key-trust')
    return reply.send(await ask(asked, 'account'))
  })
}
