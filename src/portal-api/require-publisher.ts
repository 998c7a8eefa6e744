import { CodedError } from '@openbsn/sdk'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ServiceNeed } from './portal-deps.ts'
import type { RightName } from './rights.ts'
import type { RouteDeps } from './routes/route-deps.ts'

const rightOf: Readonly<Record<ServiceNeed, RightName>> = {
  read: 'organisation-read',
  'webhook-change': 'webhook-change',
  'contract-define': 'contract-define',
}

type Params = { readonly organisation: string; readonly ledger: string; readonly service: string }

/**
 * Lets those alone go on who are in the organisation that published the service of the path, in a
 * role that has the right. Whoever is not in it learns nothing of what there is.
 * @throws SIGN_IN_REQUIRED, ORGANISATION_NOT_FOUND, ROLE_INSUFFICIENT, SERVICE_OF_OTHERS
 */
export function createRequirePublisher({ sessions, members, accounts }: RouteDeps) {
  return async (request: FastifyRequest, reply: FastifyReply, need: ServiceNeed): Promise<void> => {
    const { organisation, ledger, service } = request.params as Params
    const session = await sessions.require(request, reply)
    await members.require(session, organisation, rightOf[need])
    const { store } = await accounts.open()
    if ((await store.ownerOf(ledger, service)) === organisation) return
    const message = `The organisation did not publish the service ${service}.`
    throw new CodedError('SERVICE_OF_OTHERS', message)
  }
}
