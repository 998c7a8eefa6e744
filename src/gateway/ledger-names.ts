import type { FastifyInstance } from 'fastify'
import { nameChain, nameLedger, type ServedLedgers } from './served-ledger.ts'

/**
 * Every answer below `…/ledgers/{ledger}` says which ledger it is of, and of which environment;
 * below `…/services/{service}` also which chain that has, which anybody may know.
 */
export function addLedgerNames(app: FastifyInstance, ledgers: Pick<ServedLedgers, 'find'>): void {
  // Before anything else is looked at, so that every refusal says it too.
  app.addHook('onRequest', (request, reply, done) => {
    const { ledger = '', service } = (request.params ?? {}) as Record<string, string | undefined>
    const served = ledgers.find(ledger)
    if (served) nameLedger(reply, served)
    if (served && service !== undefined) nameChain(reply, served, service)
    done()
  })
}
