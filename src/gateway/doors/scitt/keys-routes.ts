import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import {
  type CborMap,
  CodedError,
  encodeCbor,
  equalBytes,
  utf8,
  type Validator,
  verifyKeyBundle,
} from '@openbsn/sdk'
import { Type } from 'typebox'
import type { Ledger } from '../../../ledger/ledger.ts'
import { base64url } from '../../base64url.ts'
import { requireType } from '../rest/require-type.ts'
import { binary } from '../rest/schemas.ts'
import { conciseResponses } from './schemas.ts'
import type { ScittDeps } from './scitt-door.ts'

const cbor = 'application/cbor'
const tags = ['scitt']
const setSchema = {
  operationId: 'scittKeys',
  tags,
  summary: 'The keys that sign receipts here, and those that did: a COSE Key Set.',
  response: { 200: binary('COSE Key Set (RFC 9052, section 7).', cbor), ...conciseResponses },
}
const oneSchema = {
  operationId: 'scittKey',
  tags,
  summary: 'One key, by the `kid` of a receipt.',
  params: Type.Object({ kid: Type.String({ description: 'The kid as base64url, or itself.' }) }),
  response: { 200: binary('COSE Key (RFC 9052, section 7).', cbor), ...conciseResponses },
}

/** Keys change seldom; who has one keeps it anyway. */
const cacheControl = 'public, max-age=60'

/**
 * GET /.well-known/scitt-keys and /.well-known/scitt-keys/{kid} (draft-ietf-scitt-scrapi-11,
 * sections 2.1 and 2.2): of every ledger that is served here, since one origin has one such place.
 */
export const keysRoutes: FastifyPluginAsyncTypebox<ScittDeps> = async (app, { ledgers }) => {
  const known = () => ledgers.all.flatMap(({ ledger }) => everyValidator(ledger))
  app.get('/.well-known/scitt-keys', { schema: setSchema }, ({ headers }, reply) => {
    reply.type(requireType(headers.accept, [cbor])).header('cache-control', cacheControl)
    return reply.send(Buffer.from(encodeCbor(known().map(coseKey))))
  })
  app.get('/.well-known/scitt-keys/:kid', { schema: oneSchema }, ({ params, headers }, reply) => {
    reply.type(requireType(headers.accept, [cbor]))
    const raw = utf8(params.kid)
    const key = known().find(({ kid }) => base64url(kid) === params.kid || equalBytes(kid, raw))
    if (!key) {
      throw new CodedError('SCITT_KEY_NOT_FOUND', 'No key could be found for this kid value.')
    }
    reply.header('cache-control', cacheControl)
    return reply.send(Buffer.from(encodeCbor(coseKey(key))))
  })
}

/** A key with the members that a verifier of COSE looks for (RFC 9052, section 7.1). */
function coseKey({ kid, algorithm, raw }: Validator): CborMap {
  const members: [number, number | Uint8Array][] = [
    [1, algorithm.kty],
    [2, kid],
    [3, algorithm.id],
    [-1, algorithm.curve],
  ]
  if (algorithm.kty === 1) members.push([-2, raw])
  else members.push([-2, raw.slice(1, 33)], [-3, raw.slice(33)])
  return new Map(members)
}

/** A bundle changes with the validators, and costs a signature check per change to read. */
const read = new WeakMap<Ledger, { bundle: Uint8Array; validators: readonly Validator[] }>()

/** Whoever signed a block of the ledger, or may sign the next one. */
function everyValidator(ledger: Ledger): readonly Validator[] {
  const bundle = ledger.keyBundle()
  const before = read.get(ledger)
  if (before && equalBytes(before.bundle, bundle)) return before.validators
  const validators = verifyKeyBundle(bundle, ledger.id).everyValidator
  read.set(ledger, { bundle, validators })
  return validators
}
