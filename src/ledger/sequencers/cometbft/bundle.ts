import { type CborValue, decodeCbor, encodeCbor, isCodedError } from '@openbsn/sdk'
import type { BlockSignature } from '../../ledger.ts'

/**
 * What travels as one transaction of CometBFT: the first byte says what it is, deterministic CBOR
 * follows. A bundle has a number by chance, so that the same statements can be sent once more.
 */
export type Transaction =
  | { readonly kind: 'bundle'; readonly statements: readonly Uint8Array[] }
  | { readonly kind: 'signatures'; readonly height: number; readonly set: BlockSignature[] }

const tag = { bundle: 1, signatures: 2 } as const
const nonceBytes = 8

/** `nonce`: eight bytes by chance. */
export function encodeBundle(statements: readonly Uint8Array[], nonce: Uint8Array): Uint8Array {
  return tagged(tag.bundle, [nonce, [...statements]])
}

/** The signatures of the block before, which the proposer puts first into its own. */
export function encodeSignatures(height: number, set: readonly BlockSignature[]): Uint8Array {
  const list = set.map(({ kid, algorithm, signature }): CborValue => [kid, algorithm, signature])
  return tagged(tag.signatures, [height, list])
}

function tagged(first: number, value: CborValue): Uint8Array {
  const body = encodeCbor(value)
  const bytes = new Uint8Array(body.length + 1)
  bytes[0] = first
  bytes.set(body, 1)
  return bytes
}

/** Undefined where the bytes are nothing that a node of ours sends. */
export function decodeTransaction(bytes: Uint8Array): Transaction | undefined {
  try {
    const value = decodeCbor(bytes.subarray(1))
    const [first, second, ...rest] = Array.isArray(value) ? value : []
    if (!Array.isArray(second) || rest.length > 0) return undefined
    if (bytes[0] === tag.bundle) return bundleOf(first, second)
    return bytes[0] === tag.signatures ? signaturesOf(first, second) : undefined
  } catch (error) {
    if (isCodedError(error)) return undefined
    throw error
  }
}

function bundleOf(nonce: CborValue | undefined, list: readonly CborValue[]) {
  if (!(nonce instanceof Uint8Array) || nonce.length !== nonceBytes) return undefined
  const statements = list.filter((one) => one instanceof Uint8Array)
  if (statements.length !== list.length || list.length === 0) return undefined
  return { kind: 'bundle', statements } as const
}

function signaturesOf(height: CborValue | undefined, list: readonly CborValue[]) {
  const set = list.flatMap((item): BlockSignature[] => {
    const [kid, algorithm, signature, ...rest] = Array.isArray(item) ? item : []
    if (!(kid instanceof Uint8Array) || !(signature instanceof Uint8Array)) return []
    return typeof algorithm === 'number' && rest.length === 0 ? [{ kid, algorithm, signature }] : []
  })
  if (typeof height !== 'number' || set.length !== list.length) return undefined
  return { kind: 'signatures', height, set } as const
}
