import { type KeyObject, X509Certificate } from 'node:crypto'
import { algorithmByName, fromPem, sha256, utf8 } from '@openbsn/sdk'
import { bytesOfKey } from '../crypto/certificates.ts'
import { privateKeyOf, secretIn } from '../crypto/native.ts'
import { endpoints } from '../gateway/doors/bsn/endpoints.ts'
import { macSigner, macVerifier } from '../gateway/doors/bsn/mac.ts'
import { valueText } from '../gateway/doors/bsn/mac-text.ts'
import { assert } from '../kernel/assert.ts'
import type { JsonObject, JsonValue } from '../kernel/json.ts'

export type BsnAnswer = {
  readonly header: { code: number; msg: string; errCode?: string; requestId: string }
  readonly mac: string
  readonly body: JsonValue
}

/** What a client of BSN is configured with. */
export type BsnClient = {
  readonly userCode: string
  readonly appCode: string
  readonly key: KeyObject
}

/** The private key that `namedSigner` has for a name, for OpenSSL. */
export function namedKey(name: string, algorithmName = 'ES256'): KeyObject {
  const algorithm = algorithmByName(algorithmName)
  const key = algorithm && privateKeyOf(algorithm, sha256(utf8(name)))
  assert(key !== undefined, `there are such keys of ${algorithmName}`)
  return key
}

/** A request as a client sends it, signed over its members in the order of its path. */
export function bsnRequest(
  { userCode, appCode, key }: BsnClient,
  path: keyof typeof endpoints,
  body: JsonObject = {},
) {
  const parts = endpoints[path].fields.map((name) => {
    const value = body[name]
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isMap ? Object.entries(value).flat().map(valueText).join('') : valueText(value)
  })
  const mac = macSigner(secretIn(bytesOfKey(key)))(userCode + appCode + parts.join(''))
  return { header: { userCode, appCode }, mac, body }
}

/** Checks the mac of an answer, as clients do in the order in which they read its members. */
export function isAnswerOf({ header, mac, body }: BsnAnswer, gatewayKey: string): boolean {
  const pem = gatewayKey.includes('CERTIFICATE')
    ? String(new X509Certificate(gatewayKey).publicKey.export({ type: 'spki', format: 'pem' }))
    : gatewayKey
  const [key] = fromPem(pem)
  const text = `${header.code}${header.msg}${valueText(body)}`
  return key !== undefined && macVerifier(key)(mac)(text)
}
