import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { toHex } from '@openbsn/sdk'
import { Type } from 'typebox'
import { scopesFor } from '../../../services/scopes.ts'
import { frameworkFunctions } from '../../../services/service-fields.ts'
import { environmentOf, type ServedLedger, sizeOf } from '../../served-ledger.ts'
import { problemResponses } from '../problem-responses.ts'
import { validatorsAtHead } from './keys-route.ts'
import type { RestDeps } from './rest-door.ts'
import { LedgerInfo, LedgerParams, LedgerSummary } from './schemas.ts'

const tags = ['ledgers']
const LedgerList = Type.Object({ ledgers: Type.Array(LedgerSummary) })

/** GET /ledgers and /ledgers/{ledger}: what is served here, and where it stands. */
export const ledgerRoutes: FastifyPluginAsyncTypebox<RestDeps> = async (app, { ledgers }) => {
  const listSchema = {
    operationId: 'listLedgers',
    tags,
    summary: 'The ledgers that are served here.',
    response: { 200: LedgerList, ...problemResponses },
  }
  app.get('/ledgers', { schema: listSchema }, () => ({
    ledgers: ledgers.all.map(summaryOf),
  }))
  const schema = {
    operationId: 'getLedger',
    tags,
    summary: 'Where one ledger stands.',
    params: LedgerParams,
    response: { 200: LedgerInfo, ...problemResponses },
  }
  app.get('/ledgers/:ledger', { schema }, ({ params }) => infoOf(ledgers.get(params.ledger)))
}

function summaryOf(served: ServedLedger) {
  const { id, genesis, head } = served.ledger
  const environment = environmentOf(served)
  const size = sizeOf(served.ledger)
  const group = served.group === undefined ? {} : { group: served.group }
  return { id, name: genesis.name, environment, ...group, height: head.height, size }
}

const known = [...frameworkFunctions].map(([name, functions]) => {
  const scopesOf = (one: string) => ({ name: one, scopes: [...scopesFor([one])] })
  return { name, functions: functions.map(scopesOf) }
})

function infoOf(served: ServedLedger) {
  const { ledger, network } = served
  const since = network?.noQuorumSince()
  const { time, logRoot, stateRoot, appHash } = ledger.head
  const validators = validatorsAtHead(ledger).map(({ kid, algorithm, power }) => ({
    kid: toHex(kid),
    algorithm: algorithm.name,
    power,
  }))
  const frameworks = known.map((one) => ({ ...one, here: served.frameworks.has(one.name) }))
  const roots = { logRoot: toHex(logRoot), stateRoot: toHex(stateRoot), appHash: toHex(appHash) }
  const lost = since === undefined ? {} : { noQuorumSince: since }
  return { ...summaryOf(served), time, ...lost, ...roots, frameworks, validators }
}
