import { isCodedError, keysFromPem, type TrustedKeys, verifyKeyBundle } from '@openbsn/sdk'
import { bundleInCredential } from './credential-file.ts'
import { fail } from './fail.ts'
import { readBytes } from './files.ts'

export type KeysOptions = {
  readonly path: string
  /** The ledger that the user trusts; a bundle of another one is refused. */
  readonly ledger?: string | undefined
}

/** What kind of keys they are, which decides what a verified receipt means. */
export type KeysKind = 'pem' | 'bundle' | 'credential'

/**
 * Keys from PEM, a key bundle, or the bundle in a credential file: told apart by the bytes.
 * @throws KEYS_UNREADABLE, KEY_INVALID, KEY_BUNDLE_INVALID, FILE_NOT_FOUND, FILE_UNUSABLE
 */
export async function readKeys({ path, ledger }: KeysOptions) {
  const bytes = await readBytes(path)
  const text = new TextDecoder().decode(bytes)
  if (text.includes('-----BEGIN ')) return { kind: 'pem', keys: keysFromPem(text) } as const
  const credential = bundleInCredential(text)
  if (credential) {
    const keys = verifyKeyBundle(credential.bundle, ledger ?? credential.ledger)
    return { kind: 'credential', keys } as const
  }
  return { kind: 'bundle', keys: keysOfBundle(bytes, path, ledger) } as const
}

function keysOfBundle(bytes: Uint8Array, path: string, ledger: string | undefined): TrustedKeys {
  try {
    return ledger === undefined ? verifyKeyBundle(bytes) : verifyKeyBundle(bytes, ledger)
  } catch (error) {
    if (!isCodedError(error) || error.code === 'KEY_BUNDLE_INVALID') throw error
    throw fail('KEYS_UNREADABLE', `${path} holds no keys: ${error.message}`, { cause: error })
  }
}
