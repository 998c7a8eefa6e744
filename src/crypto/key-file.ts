import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { algorithmByName, CodedError, fromBase64url, type Signer, toBase64url } from '@openbsn/sdk'
import { createNativeSigner } from './native.ts'

/** A secret key as it stands in JSON files. `secret`: 32 bytes in base64url. */
export type StoredKey = { readonly algorithm: string; readonly secret: string }

/** A new Ed25519 key. */
export function newStoredKey(): StoredKey {
  const algorithm = algorithmByName('EdDSA')
  if (!algorithm) throw new CodedError('KEY_INVALID', 'EdDSA is in the table of algorithms.')
  return { algorithm: algorithm.name, secret: toBase64url(algorithm.generateSecret()) }
}

/** @throws KEY_INVALID */
export function signerOfStored({ algorithm, secret }: StoredKey): Signer {
  const known = algorithmByName(algorithm)
  const bytes = fromBase64url(secret)
  if (known && bytes) return createNativeSigner(known, bytes)
  throw new CodedError('KEY_INVALID', 'A stored key has an algorithm and a secret in base64url.')
}

/** Writes a file that only its owner reads, whole or not at all; on disk when this returns. */
export function writeSecretFile(path: string, text: string): void {
  const draft = `${path}.new`
  // Opening a draft that a crash left would keep its mode, whatever it is.
  rmSync(draft, { force: true })
  const file = openSync(draft, 'wx', 0o600)
  writeFileSync(file, text)
  fsyncSync(file)
  closeSync(file)
  renameSync(draft, path)
  syncFolder(dirname(path))
}

/** Makes names that were given in a folder survive a power cut, where the system can do that. */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return
  const folder = openSync(path, 'r')
  fsyncSync(folder)
  closeSync(folder)
}

/** @throws KEY_INVALID, or an error of the file system */
export function readKeyFile(path: string): Signer {
  const value = jsonOf(readFileSync(path, 'utf8'))
  if (typeof value === 'object' && value !== null && 'algorithm' in value && 'secret' in value) {
    return signerOfStored({ algorithm: String(value.algorithm), secret: String(value.secret) })
  }
  throw new CodedError('KEY_INVALID', `${path} is no key file.`)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
