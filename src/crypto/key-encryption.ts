import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { CodedError, concat, utf8 } from '@openbsn/sdk'
import { writeSecretFile } from './key-file.ts'

/**
 * Wraps the secrets that a city node keeps for others, with a key that no backup of the data folder
 * has: who gets hold of the folder has none of them.
 */
export interface KeyEncryption {
  /** `context` says what the secret is for: it unwraps for nothing else. */
  wrap(plain: Uint8Array, context: string): Uint8Array
  /** @throws KEY_UNWRAP_FAILED for another key, another context, or changed bytes */
  unwrap(wrapped: Uint8Array, context: string): Uint8Array
}

/** AES-256-GCM (NIST SP 800-38D): 12 bytes of nonce, the ciphertext, 16 bytes of tag. */
const algorithm = 'aes-256-gcm'
const [keyBytes, nonceBytes, tagBytes] = [32, 12, 16]

/** Wraps with a key of 32 bytes. Random nonces: good for 2^32 secrets. */
export function createKeyEncryption(key: Uint8Array): KeyEncryption {
  return {
    wrap(plain, context) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv(algorithm, key, nonce).setAAD(utf8(context))
      return concat(nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag())
    },
    unwrap(wrapped, context) {
      const end = wrapped.length - tagBytes
      try {
        const nonce = wrapped.subarray(0, nonceBytes)
        const decipher = createDecipheriv(algorithm, key, nonce).setAAD(utf8(context))
        decipher.setAuthTag(wrapped.subarray(end))
        return concat(decipher.update(wrapped.subarray(nonceBytes, end)), decipher.final())
      } catch (cause) {
        const message = `A secret (${context}) does not unwrap: another key-encryption key made it.`
        throw new CodedError('KEY_UNWRAP_FAILED', message, { cause })
      }
    },
  }
}

/**
 * The key-encryption key of a file, which is made where it is missing and `mayCreate`.
 * @throws KEY_ENCRYPTION_KEY_MISSING, KEY_ENCRYPTION_KEY_INVALID
 */
export function openKeyEncryption(
  path: string,
  { mayCreate }: { readonly mayCreate: boolean },
): KeyEncryption {
  if (!existsSync(path)) {
    if (!mayCreate) {
      const message = `${path} is missing: the secrets of this data folder are wrapped with it.`
      throw new CodedError('KEY_ENCRYPTION_KEY_MISSING', message)
    }
    writeSecretFile(path, `${randomBytes(keyBytes).toString('base64url')}\n`)
  }
  const key = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64url')
  if (key.length === keyBytes) return createKeyEncryption(key)
  const message = `${path}: a key-encryption key is ${keyBytes} bytes in base64url.`
  throw new CodedError('KEY_ENCRYPTION_KEY_INVALID', message)
}
