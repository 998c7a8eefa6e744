import { type Signer, toBase64url, verifyKeyBundle } from '@openbsn/sdk'
import { type JsonObject, parseJson } from '../kernel/json.ts'
import { readSecretFile, writeWhole } from './files.ts'
import { bytesOf, expectText, objectOf, parsing, signerOf, textOf } from './stored-json.ts'

/** What an off-network system needs to write to one service and to verify its receipts. */
export type Credential = {
  readonly gateway: string
  readonly ledger: string
  readonly service: string
  /** The credential's id in the ledger. */
  readonly credential: string
  readonly label: string
  readonly bundle: Uint8Array
}

const format = 'openbsn-credential-1'

/** Readable by its owner alone. @throws FILE_EXISTS unless `force` */
export async function writeCredentialFile(
  path: string,
  { bundle, ...names }: Credential,
  key: { readonly algorithm: string; readonly secret: Uint8Array },
  { force }: { readonly force: boolean },
): Promise<void> {
  const document = {
    format,
    ...names,
    key: { algorithm: key.algorithm, secret: toBase64url(key.secret) },
    bundle: toBase64url(bundle),
  }
  await writeWhole(path, `${JSON.stringify(document, null, 2)}\n`, { secret: true, force })
}

/** @throws CREDENTIAL_FILE_INVALID, SECRET_FILE_EXPOSED, FILE_NOT_FOUND */
export async function readCredentialFile(
  path: string,
): Promise<Credential & { readonly signer: Signer }> {
  const text = await readSecretFile(path)
  return parsing('CREDENTIAL_FILE_INVALID', path, text, (document) => {
    expectText(document, 'format', format)
    const credential = {
      gateway: textOf(document, 'gateway'),
      ledger: textOf(document, 'ledger'),
      service: textOf(document, 'service'),
      credential: textOf(document, 'credential'),
      label: textOf(document, 'label'),
      bundle: bytesOf(document, 'bundle'),
      signer: signerOf(objectOf(document, 'key')),
    }
    verifyKeyBundle(credential.bundle, credential.ledger)
    return credential
  })
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
