import type { FastifyInstance } from 'fastify'
import { nameLedger, type ServedLedgers } from './served-ledger.ts'

/** Every answer below `…/ledgers/{ledger}` says which ledger it is of, and of which environment. */
export function addLedgerNames(app: FastifyInstance, ledgers: Pick<ServedLedgers, 'find'>): void {
  // Before anything else is looked at, so that every refusal says it too.
  app.addHook('onRequest', (request, reply, done) => {
    const { ledger = '' } = (request.params ?? {}) as { ledger?: string }
    const served = ledgers.find(ledger)
    if (served) nameLedger(reply, served)
    done()
  })
}
