import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError } from '@openbsn/sdk'
import { Type } from 'typebox'
import { secured } from '../../access/access.ts'
import { hasCredentials } from '../../access/authenticate.ts'
import { isLocal } from '../../access/own-host.ts'
import { problemResponses } from '../problem-responses.ts'
import { Name, requireObject } from './object-list.ts'
import { Credential, show } from './object-schemas.ts'
import type { RestDeps } from './rest-door.ts'
import { LedgerId } from './schemas.ts'

/** GET /credentials/{credential}: for that credential itself, and on the machine. */
export const credentialRoute: FastifyPluginAsyncTypebox<RestDeps> = async (app, deps) => {
  const { ledgers, access, options } = deps
  const schema = {
    ...secured,
    operationId: 'getCredential',
    tags: ['credentials'],
    summary: 'A credential, for itself, or for the machine that the gateway runs on.',
    params: Type.Object({ ledger: LedgerId, credential: Name('Id of the credential.') }),
    response: { 200: Credential, ...problemResponses },
  }
  app.get('/ledgers/:ledger/credentials/:credential', { schema }, (request, reply) => {
    const served = ledgers.get(request.params.ledger)
    const { credential } = request.params
    const isAsked = hasCredentials(request) || !isLocal(request, options.names)
    const caller = isAsked ? access.identify(request, reply, served) : undefined
    const key = `credential/${credential}`
    // The same for one that is there and one that is not.
    if (caller && caller.credential !== credential) {
      throw new CodedError('OBJECT_NOT_FOUND', `There is no ${key}.`)
    }
    return show(Credential, credential, requireObject(served.ledger, key, 'OBJECT_NOT_FOUND'))
  })
}
