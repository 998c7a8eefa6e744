import {
  actContent,
  isCodedError,
  parseStatement,
  type Statement,
  sigStructure,
  statementIdentity,
  toHex,
} from '@openbsn/sdk'
import { sha256Into, type Verifier } from './native.ts'

/** Why a statement has no entry. */
export type Refusal = { readonly code: string; readonly detail: string }

/** A key as registered, ready to verify with. */
export type CheckKey = { readonly algorithm: number; readonly verifier: Verifier }

/** Bytes of a statement's digests: identity, act content, leaf; SHA-256 each. */
export const digestsBytes = 96

/** Parses strictly; a refusal instead of a throw. */
export function readStatement(bytes: Uint8Array): Statement | Refusal {
  try {
    return parseStatement(bytes)
  } catch (error) {
    if (isCodedError(error)) return { code: error.code, detail: error.message }
    throw error
  }
}

/**
 * Checks algorithm and signature with the key that is registered for the statement's kid, and
 * writes the digests into `out`.
 */
export function checkSignature(
  bytes: Uint8Array,
  statement: Statement,
  key: CheckKey | undefined,
  out: Uint8Array,
): Refusal | undefined {
  const { algorithm, kid, protectedBytes, payload } = statement
  if (!key) {
    return { code: 'KEY_UNKNOWN', detail: `No key ${toHex(kid)} is registered in this ledger.` }
  }
  if (key.algorithm !== algorithm.id) {
    const detail = `alg is ${algorithm.name}, which is not the algorithm of the key that kid names.`
    return { code: 'ALGORITHM_MISMATCH', detail }
  }
  const signed = sigStructure(protectedBytes, payload)
  if (!key.verifier(signed, statement.signature)) {
    const detail = 'The signature does not hold over these bytes with the key that kid names.'
    return { code: 'SIGNATURE_INVALID', detail }
  }
  writeDigests(bytes, statement, out, signed)
  return undefined
}

/**
 * Writes a statement's digests into `out` (`digestsBytes` long), whoever verified its signature;
 * zeros for the content of an act without cti. `signed`: its Sig_structure, where that is at hand.
 */
export function writeDigests(
  bytes: Uint8Array,
  statement: Statement,
  out: Uint8Array,
  signed?: Uint8Array,
): void {
  if (statement.claims.cti === undefined) {
    const { protectedBytes, payload } = statement
    sha256Into(out.subarray(0, 32), signed ?? sigStructure(protectedBytes, payload))
    out.fill(0, 32, 64)
  } else {
    out.set(statementIdentity(statement), 0)
    out.set(actContent(statement), 32)
  }
  leafInto(out.subarray(64, 96), bytes)
}

/** Scratch for the leaf's input: 0x00 and the bytes. Grows to the largest statement seen. */
let leafInput = new Uint8Array(1024)

function leafInto(out: Uint8Array, bytes: Uint8Array): void {
  if (leafInput.length < bytes.length + 1) leafInput = new Uint8Array(bytes.length + 1)
  leafInput.set(bytes, 1)
  sha256Into(out, leafInput.subarray(0, bytes.length + 1))
}
