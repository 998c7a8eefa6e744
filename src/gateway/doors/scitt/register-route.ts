import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError, equalBytes, parseStatement } from '@openbsn/sdk'
import { Type } from 'typebox'
import { countOutcomes } from '../../count-outcomes.ts'
import { sendProblem } from '../../problem.ts'
import { firstSigned } from '../../request-log/first-signed.ts'
import { nameLedger, type ServedLedger } from '../../served-ledger.ts'
import { requireType } from '../rest/require-type.ts'
import { binary } from '../rest/schemas.ts'
import { registeredForm } from './registered-form.ts'
import { conciseResponses, cose, receiptContent, ServiceName } from './schemas.ts'
import type { ScittDeps } from './scitt-door.ts'
import { sendReceipt } from './send-receipt.ts'

const schema = {
  operationId: 'scittRegister',
  tags: ['scitt'],
  summary: 'Registers a signed statement and answers with its receipt.',
  description:
    'What is registered has an empty unprotected header, and the receipt is of those bytes; ' +
    '`Link` leads to them. The statement itself names the ledger: `aud`.',
  params: Type.Object({ service: ServiceName }),
  body: binary('', cose),
  response: {
    200: receiptContent(
      'The receipt of the same act as it was registered before, with another signature or another' +
        ' encoding: fetch the bytes that the receipt is of.',
    ),
    201: receiptContent('The receipt of these bytes, registered now or before.'),
    202: { description: 'Registered; ask at `Location` for the receipt.' },
    ...conciseResponses,
  },
}

/** POST /scitt/{service}/entries (draft-ietf-scitt-scrapi-11, section 2.3). */
export const registerRoute: FastifyPluginAsyncTypebox<ScittDeps> = async (app, deps) => {
  const { metrics } = deps
  app.addContentTypeParser(cose, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.post('/scitt/:service/entries', { schema }, async (request, reply) => {
    const { params, body, headers } = request
    const { service } = params
    requireType(headers.accept, [cose])
    const statement = registeredForm(statementOf(body))
    const served = ledgerOf(statement, service, deps)
    const { ledger } = served
    nameLedger(reply, served)
    const before = reply.elapsedTime
    const outcomes = await ledger.submit([statement])
    metrics.committed((reply.elapsedTime - before) / 1000)
    countOutcomes(outcomes, metrics)
    const [outcome] = outcomes
    const signed = firstSigned(outcomes)
    if (signed) deps.access.nameSigner(request, served, signed, reply)
    if (outcome?.outcome === 'refused') return sendProblem(reply, outcome)
    const entry = outcome && ledger.entry(outcome.index)
    if (!entry) throw new CodedError('INTERNAL', 'The ledger gave no entry.')
    const ready = equalBytes(entry.statement, statement) ? 201 : 200
    return sendReceipt(reply, { ledger, service, entry, status: { ready, pending: 202 } })
  })
}

function statementOf(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body
  throw new CodedError('REQUEST_INVALID', 'body: send a signed statement.')
}

/**
 * The path leads to a service; what counts is the signed claims, so they must say the same.
 * @throws SERVICE_MISMATCH, LEDGER_MISMATCH, what `parseStatement` throws
 */
function ledgerOf(statement: Uint8Array, service: string, { ledgers }: ScittDeps): ServedLedger {
  const { aud, sub } = parseStatement(statement).claims
  if (sub !== service) {
    throw new CodedError('SERVICE_MISMATCH', `sub is ${sub}; this is the service ${service}.`)
  }
  const served = ledgers.find(aud)
  if (served) return served
  throw new CodedError('LEDGER_MISMATCH', `aud is ${aud}, a ledger that is not served here.`)
}
