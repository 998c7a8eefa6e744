import { type Signer, toBase64url } from '@openbsn/sdk'
import { readSecretFile, writeWhole } from './files.ts'
import { expectText, objectOf, parsing, signerOf, textOf } from './stored-json.ts'

/** A user of an application on Fabric, and the service that it is a user of. */
export type StoredUser = { readonly service: string; readonly name: string }

const format = 'openbsn-user-1'

/** Readable by its owner alone. @throws FILE_EXISTS, FILE_UNUSABLE */
export async function writeUserFile(
  path: string,
  { service, name }: StoredUser,
  { algorithm, secret }: { readonly algorithm: string; readonly secret: Uint8Array },
): Promise<void> {
  const document = { format, service, name, key: { algorithm, secret: toBase64url(secret) } }
  await writeWhole(path, `${JSON.stringify(document, null, 2)}\n`, { secret: true })
}

/** @throws USER_FILE_INVALID, SECRET_FILE_EXPOSED, FILE_NOT_FOUND */
export async function readUserFile(
  path: string,
  service: string,
): Promise<{ readonly name: string; readonly signer: Signer }> {
  const text = await readSecretFile(path)
  return parsing('USER_FILE_INVALID', path, text, (document) => {
    expectText(document, 'format', format)
    expectText(document, 'service', service)
    return { name: textOf(document, 'name'), signer: signerOf(objectOf(document, 'key')) }
  })
}
