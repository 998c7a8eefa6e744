import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Ledger } from '../../ledger/ledger.ts'
import { readObject } from '../../ledger/state/state-view.ts'
import type { ServedLedger } from '../served-ledger.ts'
import type { Access } from './access.ts'

/** Whether the entries of a service are for its credentials alone. Modules' are for everybody. */
export function isForCredentials(ledger: Pick<Ledger, 'get'>, service: string): boolean {
  return readObject(ledger, `service/${service}`)?.get('readers') === 'credentials'
}

/** Lets entries of a service be read, by whoever may. @throws as `Access.require` */
export function requireReader(
  access: Access,
  request: FastifyRequest,
  reply: FastifyReply,
  { served, service }: { readonly served: ServedLedger; readonly service: string },
): void {
  if (!isForCredentials(served.ledger, service)) return
  access.require(request, reply, { served, service, scope: 'records:read' })
}
