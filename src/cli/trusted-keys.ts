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
 * @throws KEYS_UNREADABLE, KEY_BUNDLE_INVALID, RECEIPT_*, FILE_NOT_FOUND, FILE_UNUSABLE
 */
export async function readKeys({ path, ledger }: KeysOptions) {
  const bytes = await readBytes(path)
  const text = new TextDecoder().decode(bytes)
  if (text.includes('-----BEGIN ')) {
    return { kind: 'pem', keys: reading(path, () => keysFromPem(text)) } as const
  }
  const credential = bundleInCredential(text)
  if (credential) {
    const keys = verifyKeyBundle(credential.bundle, ledger ?? credential.ledger)
    return { kind: 'credential', keys } as const
  }
  return { kind: 'bundle', keys: reading(path, () => verifyKeyBundle(bytes, ledger)) } as const
}

/** A bundle that says something false keeps its code; anything else is simply no keys. */
function reading(path: string, read: () => TrustedKeys): TrustedKeys {
  try {
    return read()
  } catch (error) {
    if (!isCodedError(error) || !/^(KEY_INVALID$|CBOR_)/.test(error.code)) throw error
    throw fail('KEYS_UNREADABLE', `${path} holds no keys: ${error.message}`, { cause: error })
  }
}
