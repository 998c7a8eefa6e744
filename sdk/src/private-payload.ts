import { sha256 } from '#sha256'
import { toBase64url } from './base64url.ts'
import { equalBytes, utf8 } from './bytes.ts'
import { CodedError } from './errors.ts'

/**
 * Content type of a record whose payload is kept outside the ledger: the record's own payload is
 * the commitment to it, in base64url as a JSON text. In the x tree of RFC 6838: by agreement.
 */
export const privatePayloadType = 'application/x.openbsn-private+json'

/** What a commitment was made of; without the salt nobody can try values against it. */
export type PrivatePayload = {
  /** 32 random bytes. */
  readonly salt: Uint8Array
  readonly contentType: string
  readonly payload: Uint8Array
}

const saltBytes = 32
/** Between content type, which cannot have it, and payload: no two pairs give the same bytes. */
const separator = Uint8Array.of(0)

/**
 * The commitment to a payload: SHA-256 over salt, content type, a zero byte and the payload.
 * @throws PRIVATE_PAYLOAD_MISMATCH for a salt or a content type that no commitment has
 */
export function commitPrivatePayload({ salt, contentType, payload }: PrivatePayload): Uint8Array {
  if (salt.length !== saltBytes) throw mismatch(`a salt has ${saltBytes} bytes`)
  if (contentType === '' || contentType.includes('\0')) throw mismatch('the content type is none')
  return sha256(salt, utf8(contentType), separator, payload)
}

/**
 * Checks that a private payload is the one that a record stands for. The record itself is checked
 * by its receipt. @throws PRIVATE_PAYLOAD_MISMATCH
 */
export function verifyPrivatePayload(recordPayload: Uint8Array, opened: PrivatePayload): void {
  const expected = utf8(`"${toBase64url(commitPrivatePayload(opened))}"`)
  if (equalBytes(recordPayload, expected)) return
  throw mismatch('it has another salt, content type or payload')
}

function mismatch(why: string): CodedError {
  return new CodedError('PRIVATE_PAYLOAD_MISMATCH', `The record stands for something else: ${why}.`)
}
