import { type Statement, toHex } from '@openbsn/sdk'
import type { AuthorityFields } from './check-messages.ts'

/** What state decides on, out of a statement. `kid`: in hex, where the caller has it already. */
export function authorityFieldsOf(
  { algorithm, contentType, claims, kid: bytes }: Statement,
  kid: string = toHex(bytes),
): AuthorityFields {
  const { iss, sub, aud, credential } = claims
  const plain = { kid, algorithm: algorithm.id, contentType, iss, sub, aud }
  return credential === undefined ? plain : { ...plain, credential }
}
