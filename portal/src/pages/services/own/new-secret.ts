import {
  algorithmByName,
  type Client,
  createSigner,
  type Environment,
  encodeCoseKey,
  newApiKey,
  type PortalAct,
  toBase64url,
} from '@openbsn/sdk'

/** What whoever uses a credential keeps, and what the ledger gets of it. */
export type NewSecret = {
  /** Shown once. */
  readonly text: string
  /** Kept for the pages that try things out; undefined where it is no API key. */
  readonly apiKey?: string
  /** As acts carry it. */
  readonly keys: {
    readonly keys: readonly Uint8Array[]
    readonly apiKeys?: readonly (readonly [hash: Uint8Array, hint: string])[]
  }
}

/** A key that was made just now, and the act that registered it. */
export type MadeKey = { readonly secret: NewSecret; readonly act: PortalAct }

export type SecretKind = 'api-key' | 'own-key'

/** A key that signs is kept in a file, as the command line makes them, with its credential. */
export type FileNames = {
  readonly gateway: string
  readonly ledger: string
  readonly service: string
  readonly credential: string
  readonly label: string
}

/** Makes a text for `Authorization: Bearer`; only its hash goes out. */
export function newApiKeySecret(environment: Environment): NewSecret {
  const { key, hash, hint } = newApiKey(environment)
  return { text: key, apiKey: key, keys: { keys: [], apiKeys: [[hash, hint]] } }
}

/** Makes a key that signs, in a credential file; only the public key goes out. */
export async function newKeySecret(
  names: FileNames,
  client: Pick<Client, 'keyBundle'>,
): Promise<NewSecret> {
  const algorithm = algorithmByName('EdDSA')
  if (!algorithm) throw new TypeError('every SDK has EdDSA')
  const secret = algorithm.generateSecret()
  const bundle = toBase64url(await client.keyBundle())
  const key = { algorithm: algorithm.name, secret: toBase64url(secret) }
  const document = { format: 'openbsn-credential-1', ...names, key, bundle }
  const coseKey = encodeCoseKey(createSigner(algorithm, secret).key)
  return { text: JSON.stringify(document, undefined, 2), keys: { keys: [coseKey] } }
}
