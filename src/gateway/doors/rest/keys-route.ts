import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { equalBytes, type TrustedKeys, toPem, type Validator, verifyKeyBundle } from '@openbsn/sdk'
import type { Ledger } from '../../../ledger/ledger.ts'
import { problemResponses } from '../problem-responses.ts'
import { requireType } from './require-type.ts'
import type { RestDeps } from './rest-door.ts'
import { binary, LedgerParams } from './schemas.ts'

const offered = ['application/cbor', 'application/x-pem-file'] as const

/** GET /keys: the ledger's trust root. Who trusts it compares the ledger's id first. */
export const keysRoute: FastifyPluginAsyncTypebox<RestDeps> = async (app, { ledgers }) => {
  const schema = {
    operationId: 'getKeys',
    tags: ['proofs'],
    summary: 'The validators’ keys: a bundle with the proof of every change, or PEM of today’s.',
    params: LedgerParams,
    response: { 200: keysAnswer, ...problemResponses },
  }
  app.get('/ledgers/:ledger/keys', { schema }, ({ params, headers }, reply) => {
    const { ledger } = ledgers.get(params.ledger)
    const type = requireType(headers.accept, offered)
    reply.type(type).header('vary', 'accept')
    if (type === 'application/cbor') return reply.send(Buffer.from(ledger.keyBundle()))
    return reply.send(validatorsAtHead(ledger).map(toPem).join(''))
  })
}

const keysAnswer = {
  description: 'Key bundle (CBOR), or the public keys of the validators at the head (PEM).',
  content: {
    ...binary('', 'application/cbor').content,
    ...binary('', 'application/x-pem-file').content,
  },
}

/** A bundle changes with the validators, and costs a signature check per change to read. */
const verified = new WeakMap<Ledger, { bundle: Uint8Array; keys: TrustedKeys }>()

/** Those who sign the next block. */
export function validatorsAtHead(ledger: Ledger): readonly Validator[] {
  const bundle = ledger.keyBundle()
  const known = verified.get(ledger)
  if (known && equalBytes(known.bundle, bundle)) return known.keys.validatorsAt(ledger.head.height)
  const keys = verifyKeyBundle(bundle, ledger.id)
  verified.set(ledger, { bundle, keys })
  return keys.validatorsAt(ledger.head.height)
}
