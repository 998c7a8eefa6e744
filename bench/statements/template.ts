import { createHash } from 'node:crypto'
import { fromBase64url, parseStatement, signStatement, sigStructure, utf8 } from '@openbsn/sdk'
import sodium from 'sodium-native'
import { signerOfStored } from '../../src/crypto/key-file.ts'
import { assert } from '../../src/kernel/assert.ts'
import { placesOf } from '../load/numbers.ts'
import type { Issuer, Writers } from '../network/issuers.ts'

/** Bytes of every payload. */
export const payloadBytes = 200

/** Stands in a template where each statement has its own number. */
const placeholder = 'n-placeholder-16'

/**
 * All statements of one issuer differ in number and signature alone, so the next one is a copy with
 * patches. The number is in the payload and, where there is one, in the cti.
 */
export type Template = {
  readonly issuer: Issuer
  readonly bytes: Uint8Array
  readonly numberAt: readonly number[]
  readonly signatureAt: number
  /** What the signature covers, of the same number as `bytes`. */
  readonly signed: Uint8Array
  readonly signedNumberAt: readonly number[]
  /** Ed25519, as libsodium has it: 64 bytes. */
  readonly secretKey: Uint8Array
}

export type TemplateOptions = { readonly hasActIds: boolean; readonly iat: number }

/** A template for every issuer; all have the same length, so a file of statements has records. */
export function createTemplates(
  writers: Writers,
  options: TemplateOptions,
): Promise<readonly Template[]> {
  return Promise.all(writers.issuers.map((issuer) => createTemplate(writers, issuer, options)))
}

async function createTemplate(
  { ledger, service }: Writers,
  issuer: Issuer,
  { hasActIds, iat }: TemplateOptions,
): Promise<Template> {
  const claims = { iss: issuer.credential, sub: service, aud: ledger, iat }
  const act = hasActIds ? { cti: utf8(placeholder) } : {}
  const bytes = await signStatement(
    { contentType: 'application/json', claims: { ...claims, ...act }, payload: payloadOf(issuer) },
    signerOfStored(issuer.key),
  )
  const { protectedBytes, payload, signature } = parseStatement(bytes)
  const signed = sigStructure(protectedBytes, payload)
  const template = {
    ...{ issuer, bytes, signed, secretKey: secretKeyOf(issuer) },
    numberAt: placesOf(bytes, placeholder),
    signedNumberAt: placesOf(signed, placeholder),
    signatureAt: signature.byteOffset - bytes.byteOffset,
  }
  assert(template.numberAt.length === (hasActIds ? 2 : 1), 'the number is where it should be')
  return template
}

/** A JSON record with a number, and text that does not compress, to 200 bytes. */
function payloadOf({ credential }: Issuer): Uint8Array {
  const noise = createHash('sha512').update(credential).digest('base64').repeat(3)
  const head = `{"record":"${placeholder}","text":"`
  const payload = utf8(`${head}${noise.slice(0, payloadBytes - head.length - 2)}"}`)
  assert(payload.length === payloadBytes, `payloads have ${payloadBytes} bytes`)
  return payload
}

function secretKeyOf({ key }: Issuer): Uint8Array {
  const [publicKey, secretKey] = [Buffer.alloc(32), Buffer.alloc(64)]
  const seed = fromBase64url(key.secret)
  assert(seed !== undefined, 'a stored key has a secret')
  sodium.crypto_sign_seed_keypair(publicKey, secretKey, seed)
  return secretKey
}
