import { type Algorithm, encodeCoseKey, type NewApiKey, newApiKey } from '@openbsn/sdk'
import { createNativeSigner } from '../crypto/native.ts'
import { askForBody } from './connection.ts'
import type { CredentialSecrets } from './credential-file.ts'

/** New secrets of a credential: a key that signs, an API key, or both. */
export type NewSecrets = {
  readonly key?: { readonly algorithm: string; readonly secret: Uint8Array }
  /** The public key, as acts carry it. */
  readonly coseKey?: Uint8Array
  readonly apiKey?: NewApiKey
}

/** A new key that signs. */
export function signingSecrets(algorithm: Algorithm): NewSecrets {
  const secret = algorithm.generateSecret()
  const coseKey = encodeCoseKey(createNativeSigner(algorithm, secret).key)
  return { key: { algorithm: algorithm.name, secret }, coseKey }
}

/** A new API key of a ledger's environment. @throws GATEWAY_* */
export async function issueApiKey(gateway: string, ledger: string): Promise<NewApiKey> {
  const path = `/api/v1/ledgers/${encodeURIComponent(ledger)}`
  const { environment } = await askForBody(gateway, path, { ledger })
  return newApiKey(environment === 'sandbox' ? 'sandbox' : 'live')
}

/** The public side, as `credential-create` and `credential-rotate` have it. */
export function actKeys({ coseKey, apiKey }: NewSecrets) {
  const apiKeys: [Uint8Array, string][] = apiKey ? [[apiKey.hash, apiKey.hint]] : []
  return {
    keys: coseKey ? [coseKey] : [],
    ...(apiKeys.length === 0 ? {} : { apiKeys }),
  }
}

/** The secret side, as a credential file has it. */
export function storedSecrets({ key, apiKey }: NewSecrets): CredentialSecrets {
  return { ...(key ? { key } : {}), ...(apiKey ? { apiKey: apiKey.key } : {}) }
}
