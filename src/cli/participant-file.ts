import { type Signer, toBase64url } from '@openbsn/sdk'
import { readSecretFile, writeWhole } from './files.ts'
import { expectText, objectOf, parsing, signerOf, textOf } from './stored-json.ts'

/** What somebody who was invited to a service acts with. */
export type Participant = {
  readonly gateway: string
  readonly ledger: string
  readonly service: string
  readonly id: string
}

const format = 'openbsn-participant-1'

/** Readable by its owner alone. @throws FILE_EXISTS unless `force` */
export async function writeParticipantFile(
  path: string,
  participant: Participant,
  key: { readonly algorithm: string; readonly secret: Uint8Array },
  { force }: { readonly force: boolean },
): Promise<void> {
  const { algorithm } = key
  const document = { format, ...participant, key: { algorithm, secret: toBase64url(key.secret) } }
  await writeWhole(path, `${JSON.stringify(document, null, 2)}\n`, { secret: true, force })
}

/** @throws PARTICIPANT_FILE_INVALID, SECRET_FILE_EXPOSED, FILE_NOT_FOUND */
export async function readParticipantFile(
  path: string,
): Promise<Participant & { readonly signer: Signer }> {
  const text = await readSecretFile(path)
  return parsing('PARTICIPANT_FILE_INVALID', path, text, (document) => {
    expectText(document, 'format', format)
    return {
      gateway: textOf(document, 'gateway'),
      ledger: textOf(document, 'ledger'),
      service: textOf(document, 'service'),
      id: textOf(document, 'id'),
      signer: signerOf(objectOf(document, 'key')),
    }
  })
}
