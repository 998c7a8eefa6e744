import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { CodedError, fromBase64url, type Signer, toBase64url } from '@openbsn/sdk'
import {
  openPrivatePayloads,
  type PrivateDeps,
  type PrivatePayloads,
  privateOptions,
} from '../compliance/private-payloads/private-payloads.ts'
import { type KeyEncryption, openKeyEncryption } from '../crypto/key-encryption.ts'
import { newStoredKey, signerOfStored, writeSecretFile } from '../crypto/key-file.ts'
import { homePaths } from './create-home.ts'

/** Where the key-encryption key lies when nobody says: beside the data folder, never in it. */
export const kekFile = (home: string): string => `${resolve(home)}.kek`

/** Whether something in a data folder is wrapped with the key-encryption key. */
export function hasWrapped(home: string): boolean {
  const { operatorKey, gatewayDatabase, evmDatabase, portalDatabase } = homePaths(home)
  const databases = [gatewayDatabase, evmDatabase, portalDatabase, privateOptions(home).file]
  const files = [operatorKey, ...databases]
  return files.some((path) => existsSync(path))
}

/** Whether private payloads are there without the key that reads them. */
export function lacksEpochKey(home: string): boolean {
  const { file, keys } = privateOptions(home)
  if (!existsSync(file)) return false
  return !existsSync(keys) || !readdirSync(keys).some((name) => /^epoch-\d+\.key$/.test(name))
}

export type SecretFiles = {
  readonly home: string
  /** The file of the key-encryption key; beside the data folder where not said. */
  readonly kek?: string
}

/** What a data folder keeps for others, opened with the key-encryption key. */
export type HomeSecrets = { readonly kek: KeyEncryption; readonly payloads: PrivatePayloads }

/**
 * Opens the secrets of a data folder. The key-encryption key is made only where nothing is wrapped
 * with one yet: a new one would read none of it.
 * @throws KEY_ENCRYPTION_KEY_*, KEY_UNWRAP_FAILED, PRIVATE_KEY_MISSING, STORE_NEWER
 */
export function openHomeSecrets(
  { home, kek: file = kekFile(home) }: SecretFiles,
  deps: Omit<PrivateDeps, 'kek'>,
): HomeSecrets {
  const kek = openKeyEncryption(file, { mayCreate: !hasWrapped(home) })
  return { kek, payloads: openPrivatePayloads(privateOptions(home), { ...deps, kek }) }
}

const operatorContext = 'operator'

/**
 * The key that a city node signs with in the name of its operator; made where it is missing. In the
 * file it is wrapped.
 * @throws KEY_UNWRAP_FAILED, KEY_INVALID
 */
export function openOperatorKey(path: string, kek: KeyEncryption): Signer {
  if (!existsSync(path)) {
    const { algorithm, secret } = newStoredKey()
    const bytes = fromBase64url(secret) ?? new Uint8Array()
    const wrapped = toBase64url(kek.wrap(bytes, operatorContext))
    writeSecretFile(path, `${JSON.stringify({ algorithm, wrapped }, null, 2)}\n`)
  }
  const stored = wrappedKeyOf(readFileSync(path, 'utf8'))
  if (!stored) throw new CodedError('KEY_INVALID', `${path} is no wrapped key.`)
  const secret = toBase64url(kek.unwrap(stored.wrapped, operatorContext))
  return signerOfStored({ algorithm: stored.algorithm, secret })
}

function wrappedKeyOf(text: string) {
  try {
    const { algorithm, wrapped } = JSON.parse(text) as Record<string, unknown>
    const bytes = fromBase64url(String(wrapped))
    return bytes ? { algorithm: String(algorithm), wrapped: bytes } : undefined
  } catch {
    return undefined
  }
}
