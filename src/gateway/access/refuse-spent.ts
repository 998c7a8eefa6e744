import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ServedLedgers } from '../served-ledger.ts'
import type { Access } from './access.ts'

export type RefuseSpentDeps = {
  readonly access: Pick<Access, 'refuseSpent'>
  readonly ledgers: Pick<ServedLedgers, 'find'>
}

/**
 * Refuses whoever has used up the limit of an API key before the body of the request is read: who
 * asks ten times as often as allowed shall not have ten times as much read, parsed and looked at.
 */
export function refuseSpent(app: FastifyInstance, { access, ledgers }: RefuseSpentDeps): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (!hasBody(request)) return done()
    const { schema } = request.routeOptions
    const { security } = (schema ?? {}) as { security?: unknown }
    const { ledger } = (request.params ?? {}) as { ledger?: string }
    const served = security === undefined ? undefined : ledgers.find(ledger ?? '')
    if (served) access.refuseSpent(request, reply, served)
    done()
  })
}

/** Where there is none, the route that counts callers is as early. */
const hasBody = ({ headers }: FastifyRequest) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
