import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError } from '@openbsn/sdk'
import type { Static } from 'typebox'
import { problemResponses } from '../../problem-responses.ts'
import { ServiceParams } from '../record-schemas.ts'
import type { RestDeps } from '../rest-door.ts'
import { askedBy, present, requireKeyMode } from './asking.ts'
import { Deployed, NewContract, UnderWay } from './contract-schemas.ts'
import { base, idempotencyHeaders, schemaOf, sourceBytesMax, writeText } from './route-parts.ts'
import { writeCall } from './write-call.ts'

const schema = {
  ...schemaOf(
    'deployContract',
    'Deploys a contract: a template, Solidity sources, or what a compiler made of them.',
    `Needs a service of key-trust, its function send and the scope records:write. ${writeText}`,
  ),
  params: ServiceParams,
  headers: idempotencyHeaders,
  body: NewContract,
  response: { 200: Deployed, 201: Deployed, 202: UnderWay, ...problemResponses },
}

/** POST /services/{service}/contracts. */
export const deployRoute: FastifyPluginAsyncTypebox<RestDeps> = async (app, deps) => {
  const options = { schema, bodyLimit: sourceBytesMax }
  app.post(`${base}/contracts`, options, (request, reply) => {
    const { params, body } = request
    const cost = body.sources ? 'compile' : 'send'
    const asked = askedBy({ request, reply, ...params }, deps, { right: 'send', cost })
    requireOneKind(body)
    requireKeyMode(asked, 'key-trust')
    const write = {
      ...({ asked, function: 'deploy', args: present(body) } as const),
      location: ({ result }: { readonly result?: { readonly [name: string]: unknown } }) =>
        `/contracts/${encodeURIComponent(String(result?.name ?? result?.address))}`,
    }
    return writeCall(request, reply, write, deps)
  })
}

/** @throws REQUEST_INVALID */
function requireOneKind(body: Static<typeof NewContract>): void {
  const { template, sources, abi, bytecode, contract, settings } = body
  const isCompiled = abi !== undefined && bytecode !== undefined
  const isHalf = (abi === undefined) !== (bytecode === undefined)
  const kinds = [template !== undefined, sources !== undefined, isCompiled].filter(Boolean)
  if (isHalf || kinds.length !== 1) {
    const message = 'body: send one of "template", "sources", or "abi" and "bytecode" together.'
    throw new CodedError('REQUEST_INVALID', message)
  }
  if (sources !== undefined || (contract === undefined && settings === undefined)) return
  const message = 'body: "contract" and "settings" are about "sources", and there are none.'
  throw new CodedError('REQUEST_INVALID', message)
}
