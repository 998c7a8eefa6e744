import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError } from '@openbsn/sdk'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { type Caller, secured } from '../../access/access.ts'
import { hasCredentials } from '../../access/authenticate.ts'
import { isLocal } from '../../access/own-host.ts'
import type { ServedLedger } from '../../served-ledger.ts'
import { problemResponses } from '../problem-responses.ts'
import { listObjects, Name, pageOf, pageQuery, requireObject } from './object-list.ts'
import { Credential, CredentialPage, show } from './object-schemas.ts'
import type { RestDeps } from './rest-door.ts'
import { LedgerId } from './schemas.ts'

const tags = ['credentials']

const CredentialQuery = Type.Object(
  {
    status: Type.Optional(Name('`active`, `frozen` or `revoked`.')),
    participant: Type.Optional(Name('The participant that they belong to.')),
    ...pageQuery,
  },
  { additionalProperties: false },
)

/** GET /credentials/{credential}: for that credential itself, and on the machine. */
export const credentialRoute: FastifyPluginAsyncTypebox<RestDeps> = async (app, deps) => {
  const schema = {
    ...secured,
    operationId: 'getCredential',
    tags,
    summary: 'A credential, for itself, or for the machine that the gateway runs on.',
    params: Type.Object({ ledger: LedgerId, credential: Name('Id of the credential.') }),
    response: { 200: Credential, ...problemResponses },
  }
  app.get('/ledgers/:ledger/credentials/:credential', { schema }, (request, reply) => {
    const served = deps.ledgers.get(request.params.ledger)
    const { credential } = request.params
    const caller = askedBy(deps, served, request, reply)
    const key = `credential/${credential}`
    // The same for one that is there and one that is not.
    if (caller && caller.credential !== credential) {
      throw new CodedError('OBJECT_NOT_FOUND', `There is no ${key}.`)
    }
    return show(Credential, credential, requireObject(served.ledger, key, 'OBJECT_NOT_FOUND'))
  })
}

/** GET …/services/{service}/credentials: all on the machine; for a credential itself alone. */
export const credentialsRoute: FastifyPluginAsyncTypebox<RestDeps> = async (app, deps) => {
  const schema = {
    ...secured,
    operationId: 'listCredentials',
    tags,
    summary: 'Lists the credentials of a service by status and participant, by their ids.',
    description: 'For a credential itself; for the machine that the gateway runs on, all.',
    params: Type.Object({ ledger: LedgerId, service: Name('Name of the service.') }),
    querystring: CredentialQuery,
    response: { 200: CredentialPage, ...problemResponses },
  }
  const path = '/ledgers/:ledger/services/:service/credentials'
  app.get(path, { schema }, (request, reply) => {
    const { params, query } = request
    const served = deps.ledgers.get(params.ledger)
    const caller = askedBy(deps, served, request, reply)
    const { ledger } = served
    const one = (id: string, object: Parameters<typeof show>[2]) => show(Credential, id, object)
    if (!caller) {
      requireObject(ledger, `service/${params.service}`, 'SERVICE_UNKNOWN')
      const ofService = { ...query, service: params.service }
      const { items, ...rest } = listObjects(ledger, 'credential/', ofService, one)
      return { credentials: items, ...rest }
    }
    const { credential: id, service } = caller
    if (service !== params.service) {
      const message = 'The credential is of another service than the path.'
      throw new CodedError('CREDENTIAL_SERVICE_MISMATCH', message)
    }
    const own = requireObject(ledger, `credential/${id}`, 'OBJECT_NOT_FOUND')
    const { status = own.get('status'), participant = own.get('participant') } = query
    const isAsked = own.get('status') === status && own.get('participant') === participant
    const all = isAsked ? [one(id, own)] : []
    const { items, ...rest } = pageOf(all, () => id, query, { ledger: ledger.id, credential: id })
    return { credentials: items, ...rest }
  })
}

/** Undefined where the machine asks that the gateway runs on. @throws as `Access.identify` */
function askedBy(
  { access, options }: RestDeps,
  served: ServedLedger,
  request: FastifyRequest,
  reply: FastifyReply,
): Caller | undefined {
  const isAsked = hasCredentials(request) || !isLocal(request, options.names)
  return isAsked ? access.identify(request, reply, served) : undefined
}
