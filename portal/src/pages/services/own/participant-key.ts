import {
  algorithmByName,
  createSigner,
  decodeCoseKey,
  encodeCoseKey,
  fromBase64url,
  type Signer,
  toBase64url,
} from '@openbsn/sdk'
import type { Check } from '../../../parts/form-checks.ts'

/** Keys of participants who are no members of the alliance: each has one of its own. */

export type ParticipantKey = { readonly id: string; readonly secret: Uint8Array }

function eddsa() {
  const algorithm = algorithmByName('EdDSA')
  if (!algorithm) throw new TypeError('EdDSA is always there')
  return algorithm
}

export const newParticipantKey = (id: string): ParticipantKey => ({
  id,
  secret: eddsa().generateSecret(),
})

export const participantSigner = ({ secret }: ParticipantKey): Signer =>
  createSigner(eddsa(), secret)

/** As an invitation names it. */
export const publicKeyOf = (key: ParticipantKey): Uint8Array =>
  encodeCoseKey(participantSigner(key).key)

/** What stands behind the # of an invitation's link: it is the key itself. */
export const linkTokenOf = ({ id, secret }: ParticipantKey): string =>
  `${id}.${toBase64url(secret)}`

/** The reverse; undefined for what is no such token. */
export function readLinkToken(token: string): ParticipantKey | undefined {
  const [, id = '', text = ''] = /^([a-z0-9_-]{2,63})\.([\w-]{43})$/.exec(token) ?? []
  const secret = text === '' ? undefined : fromBase64url(text)
  return secret?.length === 32 ? { id, secret } : undefined
}

type Place = { readonly gateway: string; readonly ledger: string; readonly service: string }

/** The file that `bsn participant … --as FILE` takes. */
export function participantFile({ id, secret }: ParticipantKey, place: Place): string {
  const key = { algorithm: eddsa().name, secret: toBase64url(secret) }
  const document = { format: 'openbsn-participant-1', ...place, id, key }
  return `${JSON.stringify(document, null, 2)}\n`
}

/** What a participant may be called. */
export const checkParticipantId: Check = (text) => {
  if (text.trim() === '') return { what: 'empty' }
  if (text.trim().length > 63) return { what: 'long', count: 63 }
  return /^[a-z0-9][a-z0-9_-]+$/.test(text.trim()) ? undefined : { what: 'participant' }
}

/** A public key as `bsn participant key` prints it, or none. */
export const checkPublicKey: Check = (text) => {
  if (text.trim() === '') return undefined
  if (text.trim().length > 512) return { what: 'long', count: 512 }
  return publicKeyBytes(text) ? undefined : { what: 'publicKey' }
}

/** The key that somebody pasted; undefined where it is none. */
export function publicKeyBytes(text: string): Uint8Array | undefined {
  const bytes = fromBase64url(text.trim())
  try {
    return bytes && decodeCoseKey(bytes) ? bytes : undefined
  } catch {
    return undefined
  }
}
