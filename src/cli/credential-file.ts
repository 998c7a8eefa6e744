import {
  type GatewayAddress,
  type Signer,
  type TrustedKeys,
  toBase64url,
  verifyKeyBundle,
} from '@openbsn/sdk'
import { type JsonObject, parseJson } from '../kernel/json.ts'
import { readSecretFile, writeWhole } from './files.ts'
import {
  bytesOf,
  expectText,
  objectOf,
  objectsOf,
  parsing,
  signerOf,
  textOf,
  textsOf,
} from './stored-json.ts'

/** What an off-network system needs to use one service and to verify its receipts. */
export type Credential = {
  /** The gateway that it was made through. */
  readonly gateway: string
  /** Gateways and their operators: those that `operators` has may be sent the API key. */
  readonly gateways?: readonly GatewayAddress[]
  readonly operators?: readonly string[]
  readonly ledger: string
  readonly service: string
  /** The credential's id in the ledger. */
  readonly credential: string
  readonly label: string
  readonly bundle: Uint8Array
}

/** What it acts with: a key that signs, or an API key, or both. */
export type CredentialSecrets = {
  readonly key?: { readonly algorithm: string; readonly secret: Uint8Array }
  readonly apiKey?: string
}

/** A credential file as it was read. */
export type StoredCredential = Credential & {
  readonly signer: Signer | undefined
  /** Of its bundle. */
  readonly keys: TrustedKeys
  readonly apiKey: string | undefined
}

const format = 'openbsn-credential-1'

/** Readable by its owner alone. @throws FILE_EXISTS unless `force` */
export async function writeCredentialFile(
  path: string,
  { bundle, ...names }: Credential,
  { key, apiKey }: CredentialSecrets,
  { force }: { readonly force: boolean },
): Promise<void> {
  const document = {
    format,
    ...names,
    ...(key ? { key: { algorithm: key.algorithm, secret: toBase64url(key.secret) } } : {}),
    ...(apiKey === undefined ? {} : { apiKey }),
    bundle: toBase64url(bundle),
  }
  await writeWhole(path, `${JSON.stringify(document, null, 2)}\n`, { secret: true, force })
}

/**
 * The key that signs, with its secret; undefined where a file has none.
 * @throws CREDENTIAL_FILE_INVALID, SECRET_FILE_EXPOSED, FILE_NOT_FOUND
 */
export async function readCredentialKey(path: string): Promise<CredentialSecrets['key']> {
  const text = await readSecretFile(path)
  return parsing('CREDENTIAL_FILE_INVALID', path, text, (document) => {
    expectText(document, 'format', format)
    if (!('key' in document)) return undefined
    const key = objectOf(document, 'key')
    return { algorithm: textOf(key, 'algorithm'), secret: bytesOf(key, 'secret') }
  })
}

/** @throws CREDENTIAL_FILE_INVALID, SECRET_FILE_EXPOSED, FILE_NOT_FOUND */
export async function readCredentialFile(path: string): Promise<StoredCredential> {
  const text = await readSecretFile(path)
  return parsing('CREDENTIAL_FILE_INVALID', path, text, (document) => {
    expectText(document, 'format', format)
    const apiKey = 'apiKey' in document ? textOf(document, 'apiKey') : undefined
    const isSigning = 'key' in document || apiKey === undefined
    const [bundle, ledger] = [bytesOf(document, 'bundle'), textOf(document, 'ledger')]
    return {
      ...{ bundle, ledger, gateway: textOf(document, 'gateway') },
      ...('gateways' in document ? { gateways: gatewaysOf(document) } : {}),
      ...('operators' in document ? { operators: textsOf(document, 'operators') } : {}),
      service: textOf(document, 'service'),
      credential: textOf(document, 'credential'),
      label: textOf(document, 'label'),
      keys: verifyKeyBundle(bundle, ledger),
      signer: isSigning ? signerOf(objectOf(document, 'key')) : undefined,
      apiKey,
    }
  })
}

function gatewaysOf(document: JsonObject): GatewayAddress[] {
  return objectsOf(document, 'gateways').map((one) => ({
    url: textOf(one, 'url'),
    operator: textOf(one, 'operator'),
  }))
}

/** The key bundle in a credential file's text; undefined where it is no credential file. */
export function bundleInCredential(
  text: string,
): { bundle: Uint8Array; ledger: string } | undefined {
  try {
    const document = parseJson(text) as JsonObject
    expectText(document, 'format', format)
    return { bundle: bytesOf(document, 'bundle'), ledger: textOf(document, 'ledger') }
  } catch {
    return undefined
  }
}
