import { existsSync, readFileSync } from 'node:fs'
import { CodedError, fromBase64url, toBase64url } from '@openbsn/sdk'
import { bytesOfKey, type Certified, keyOfBytes } from '../../crypto/certificates.ts'
import type { KeyEncryption } from '../../crypto/key-encryption.ts'
import { writeSecretFile } from '../../crypto/key-file.ts'

/** A certificate and its key in one file of the data folder, the key wrapped. */

const contexts = { issuer: 'issuer', gateway: 'gateway-tls' } as const
/** What a certificate is for: its key unwraps for nothing else. */
export type CertifiedUse = keyof typeof contexts

/** Whole or not at all. */
export function writeCertified(
  path: string,
  { certificate, key }: Certified,
  { kek, use }: { readonly kek: KeyEncryption; readonly use: CertifiedUse },
): void {
  const wrapped = toBase64url(kek.wrap(bytesOfKey(key), contexts[use]))
  const document = { certificate: toBase64url(certificate), wrapped }
  writeSecretFile(path, `${JSON.stringify(document, null, 2)}\n`)
}

/** Undefined where there is no such file. @throws KEY_INVALID, KEY_UNWRAP_FAILED */
export function readCertified(
  path: string,
  { kek, use }: { readonly kek: KeyEncryption; readonly use: CertifiedUse },
): Certified | undefined {
  if (!existsSync(path)) return undefined
  const stored = partsOf(readFileSync(path, 'utf8'))
  if (!stored) throw new CodedError('KEY_INVALID', `${path} is no certificate with its key.`)
  const key = keyOfBytes(kek.unwrap(stored.wrapped, contexts[use]))
  return { certificate: stored.certificate, key }
}

function partsOf(text: string) {
  try {
    const { certificate, wrapped } = JSON.parse(text) as Record<string, unknown>
    const [der, bytes] = [fromBase64url(String(certificate)), fromBase64url(String(wrapped))]
    return der && bytes ? { certificate: der, wrapped: bytes } : undefined
  } catch {
    return undefined
  }
}
