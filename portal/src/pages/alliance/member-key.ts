import {
  algorithmByName,
  type Client,
  createSigner,
  decodeCbor,
  fromBase64url,
  isCodedError,
  type Signer,
  thumbprint,
  toHex,
} from '@openbsn/sdk'

/** What a member of the alliance signs with. */
export type MemberKey = { readonly id: string; readonly signer: Signer }

/** Files of keys are far smaller. */
export const memberFileBytesMax = 64 * 1024

type Json = Readonly<Record<string, unknown>>

/**
 * The key in a file of `bsn alliance key`, or in the profile of whoever started the network;
 * undefined where the text is neither.
 */
export function readMemberKey(text: string): MemberKey | undefined {
  const document = objectIn(text)
  const member = objectOf(document?.member)
  if (document?.format === 'openbsn-member-1') return keyOf(document.id, objectOf(document.key))
  return document?.format === 'openbsn-profile-1' ? keyOf(member?.id, member) : undefined
}

function objectIn(text: string): Json | undefined {
  try {
    return objectOf(JSON.parse(text))
  } catch {
    return undefined
  }
}

function objectOf(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null ? { ...value } : undefined
}

function keyOf(id: unknown, key: Json | undefined): MemberKey | undefined {
  const { algorithm: name, secret: text } = key ?? {}
  if (typeof id !== 'string' || typeof name !== 'string' || typeof text !== 'string') {
    return undefined
  }
  const [algorithm, secret] = [algorithmByName(name), fromBase64url(text)]
  if (!algorithm || !secret) return undefined
  try {
    return { id, signer: createSigner(algorithm, secret) }
  } catch (error) {
    if (isCodedError(error)) return undefined
    throw error
  }
}

/**
 * Whether the ledger has this key as one of this very member. Whether it still counts, the ledger
 * says when it is used. @throws what `Client.state` does
 */
export async function isKeyOfMember(
  client: Pick<Client, 'state'>,
  { id, signer }: MemberKey,
): Promise<boolean> {
  const { value } = await client.state(`key/${toHex(thumbprint(signer.key))}`)
  const bytes = value === null ? undefined : fromBase64url(value)
  const object = bytes && decodeCbor(bytes)
  return object instanceof Map && object.get('owner') === `member/${id}`
}
