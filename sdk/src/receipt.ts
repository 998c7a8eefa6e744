import { sha256 } from '#sha256'
import { type Algorithm, algorithmById } from './algorithms.ts'
import { concat, equalBytes, toHex } from './bytes.ts'
import { type CborValue, encodeCbor } from './cbor.ts'
import { CborReader } from './cbor-reader.ts'
import { CodedError, isCodedError } from './errors.ts'
import { type InclusionProof, rootFromInclusion } from './merkle.ts'
import {
  claimLabel,
  encodeSign1,
  headerLabel,
  leafHash,
  openSign1,
  sigStructure,
} from './statement.ts'

/** Labels of RFC 9942: verifiable data structure, its proofs, and RFC9162_SHA256's inclusion. */
const receiptLabel = { vds: 395, proofs: 396, inclusion: -1 } as const
/** [tree size, height, state root]: a private label, so that a receipt has a time and a place. */
export const anchorLabel = -65537
const vdsRfc9162Sha256 = 1

/** What a validator signs of a block, beside the log root; the same for all of its entries. */
export type BlockAnchor = {
  readonly ledger: string
  /** Entries in the log after the block. */
  readonly size: number
  readonly height: number
  /** Block time: seconds since 1970. */
  readonly time: number
  readonly stateRoot: Uint8Array
}

/** The protected header of every receipt that one key signs for one block. */
export function encodeAnchor(anchor: BlockAnchor, algorithm: Algorithm, kid: Uint8Array) {
  return encodeCbor(
    new Map<number, CborValue>([
      [headerLabel.alg, algorithm.id],
      [headerLabel.kid, kid],
      [
        headerLabel.claims,
        new Map<number, CborValue>([
          [claimLabel.iss, anchor.ledger],
          [claimLabel.sub, anchor.ledger],
          [claimLabel.iat, anchor.time],
        ]),
      ],
      [receiptLabel.vds, vdsRfc9162Sha256],
      [anchorLabel, [anchor.size, anchor.height, anchor.stateRoot]],
    ]),
  )
}

/** What a validator's signature of a block covers: both the checkpoint and every receipt. */
export function checkpointSigStructure(protectedBytes: Uint8Array, logRoot: Uint8Array) {
  return sigStructure(protectedBytes, logRoot)
}

/** A signed checkpoint: a COSE_Sign1 with the log root as its payload. */
export function encodeCheckpoint(
  protectedBytes: Uint8Array,
  logRoot: Uint8Array,
  signature: Uint8Array,
): Uint8Array {
  return encodeSign1(protectedBytes, new Map(), logRoot, signature)
}

/** A COSE receipt (RFC 9942): the log root is detached, the path to it unprotected. */
export function encodeReceipt(
  protectedBytes: Uint8Array,
  { size, index, path }: InclusionProof,
  signature: Uint8Array,
): Uint8Array {
  const proof = encodeCbor([size, index, [...path]])
  const proofs = new Map<number, CborValue>([[receiptLabel.inclusion, [proof]]])
  const unprotectedHeader = new Map([[receiptLabel.proofs as number, proofs]])
  return encodeSign1(protectedBytes, unprotectedHeader, null, signature)
}

/**
 * The receipts of one entry as one value: one receipt as it is, several (one per validator that
 * signed) as a CBOR array of byte strings, as RFC 9943 has them in a header. Needs one or more.
 */
export function encodeReceipts(receipts: readonly Uint8Array[]): Uint8Array {
  const [only] = receipts
  return only && receipts.length === 1 ? only : encodeCbor([...receipts])
}

/** More validators than any ledger has. */
const receiptsMax = 1000
/** Major type of a CBOR array, in the first three bits. */
const arrayType = 4

/** What `encodeReceipts` put together. @throws RECEIPT_MALFORMED */
export function decodeReceipts(bytes: Uint8Array): Uint8Array[] {
  if ((bytes[0] ?? 0) >> 5 !== arrayType) return [bytes]
  return reading(() => {
    const reader = new CborReader(bytes)
    const length = reader.readArrayLength()
    if (length === 0 || length > receiptsMax) throw malformed('an array has 1 to 1000 receipts.')
    const receipts = Array.from({ length }, () => reader.readBytes().slice())
    reader.end()
    return receipts
  })
}

/** A receipt or checkpoint as parsed; nothing of it is verified yet. */
export type Receipt = {
  readonly anchor: BlockAnchor
  readonly algorithm: Algorithm
  readonly kid: Uint8Array
  readonly protectedBytes: Uint8Array
  readonly signature: Uint8Array
  readonly proof: InclusionProof
}
export type Checkpoint = Omit<Receipt, 'proof'> & { readonly logRoot: Uint8Array }

function malformed(message: string, cause?: unknown): CodedError {
  return new CodedError('RECEIPT_MALFORMED', `Not a receipt of ours: ${message}`, { cause })
}

/** Everything that goes wrong while reading becomes one code, with the finer one as its cause. */
function reading<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (isCodedError(error) && !error.code.startsWith('RECEIPT_')) {
      throw malformed(error.message, error)
    }
    throw error
  }
}

/** @throws RECEIPT_MALFORMED, RECEIPT_UNKNOWN_MEMBER */
export function parseReceipt(bytes: Uint8Array): Receipt {
  return reading(() => {
    const { reader, protectedBytes } = openSign1(bytes)
    const proof = readProofs(reader)
    reader.readNull()
    const signature = readSignature(reader)
    return { ...readAnchor(protectedBytes), protectedBytes, signature, proof }
  })
}

/** @throws RECEIPT_MALFORMED, RECEIPT_UNKNOWN_MEMBER */
export function parseCheckpoint(bytes: Uint8Array): Checkpoint {
  return reading(() => {
    const { reader, protectedBytes } = openSign1(bytes)
    if (reader.readMapLength() !== 0) throw unknownMember()
    const logRoot = reader.readBytes()
    if (logRoot.length !== 32) throw malformed('the log root is not a hash.')
    const signature = readSignature(reader)
    return { ...readAnchor(protectedBytes), protectedBytes, signature, logRoot }
  })
}

function unknownMember(): CodedError {
  const message = 'The unprotected header holds something else than one inclusion proof.'
  return new CodedError('RECEIPT_UNKNOWN_MEMBER', message)
}

function readSignature(reader: CborReader): Uint8Array {
  const signature = reader.readBytes()
  if (signature.length !== 64) throw malformed('the signature is not 64 bytes.')
  reader.end()
  return signature
}

function readProofs(reader: CborReader): InclusionProof {
  if (reader.readMapLength() !== 1 || reader.readKey() !== receiptLabel.proofs)
    throw unknownMember()
  if (reader.readMapLength() !== 1 || reader.readKey() !== receiptLabel.inclusion) {
    throw unknownMember()
  }
  if (reader.readArrayLength() !== 1) throw unknownMember()
  const inner = new CborReader(reader.readBytes())
  if (inner.readArrayLength() !== 3) throw malformed('an inclusion proof has three elements.')
  const size = inner.readUnsigned()
  const index = inner.readUnsigned()
  const length = inner.readArrayLength()
  if (length > 53) throw malformed('the path is longer than any tree is high.')
  const path = Array.from({ length }, () => inner.readBytes().slice())
  inner.end()
  return { size, index, path }
}

function readAnchor(bytes: Uint8Array): Pick<Receipt, 'anchor' | 'algorithm' | 'kid'> {
  const reader = new CborReader(bytes)
  const expectKey = (key: number) => {
    if (reader.readKey() !== key) throw malformed(`header label ${key} is missing.`)
  }
  if (reader.readMapLength() !== 5) throw malformed('the header has five members.')
  expectKey(headerLabel.alg)
  const algorithm = algorithmById(reader.readInteger())
  if (!algorithm) throw malformed('its algorithm is not known here.')
  expectKey(headerLabel.kid)
  const kid = reader.readBytes().slice()
  expectKey(headerLabel.claims)
  if (reader.readMapLength() !== 3) throw malformed('the claims are iss, sub and iat.')
  expectKey(claimLabel.iss)
  const issuer = reader.readText()
  expectKey(claimLabel.sub)
  const ledger = reader.readText()
  if (issuer !== ledger) throw malformed('its issuer is not the ledger.')
  expectKey(claimLabel.iat)
  const time = reader.readUnsigned()
  expectKey(receiptLabel.vds)
  if (reader.readUnsigned() !== vdsRfc9162Sha256) throw malformed('not of an RFC 9162 tree.')
  expectKey(anchorLabel)
  if (reader.readArrayLength() !== 3) throw malformed('the anchor has three elements.')
  const size = reader.readUnsigned()
  const height = reader.readUnsigned()
  const stateRoot = reader.readBytes().slice()
  if (kid.length !== 32 || stateRoot.length !== 32)
    throw malformed('kid and state root are hashes.')
  reader.end()
  return { algorithm, kid, anchor: { ledger, size, height, time, stateRoot } }
}

/**
 * The log root that a receipt's path leads to from these registered bytes.
 * @throws RECEIPT_PROOF_INVALID where the proof is of another size than the signed one, or no path
 */
export function rootOfReceipt(entry: Uint8Array, { proof, anchor }: Receipt): Uint8Array {
  const fail = (why: string) =>
    new CodedError('RECEIPT_PROOF_INVALID', `The receipt's path ${why}.`)
  if (proof.size !== anchor.size) throw fail('is of another tree size than the signed one')
  const root = rootFromInclusion(leafHash(entry), proof)
  if (!root) throw fail('does not fit its place in the tree')
  return root
}

/** Signatures that held: all entries of a block share them, and each is verified once. */
export type SeenSignatures = Set<string>

/** More than the blocks of one answer need. */
const seenMax = 10_000

/** @throws RECEIPT_WRONG_KEY, RECEIPT_SIGNATURE_INVALID */
export function verifyAnchorSignature(
  receipt: Receipt | Checkpoint,
  logRoot: Uint8Array,
  key: { readonly kid: Uint8Array; readonly algorithm: Algorithm; readonly raw: Uint8Array },
  seen?: SeenSignatures,
): void {
  if (!equalBytes(key.kid, receipt.kid) || key.algorithm !== receipt.algorithm) {
    const details = { kid: toHex(receipt.kid) }
    const message = 'The receipt is signed by a key that is not among the given ones.'
    throw new CodedError('RECEIPT_WRONG_KEY', message, { details })
  }
  const { protectedBytes, signature } = receipt
  // A kid is the hash of a key and its kind; three parts have fixed lengths.
  const name = seen && toHex(sha256(concat(key.kid, logRoot, signature, protectedBytes)))
  if (name !== undefined && seen?.has(name)) return
  const message = checkpointSigStructure(protectedBytes, logRoot)
  if (!key.algorithm.verify(key.raw, message, signature)) {
    throw new CodedError(
      'RECEIPT_SIGNATURE_INVALID',
      'The signature does not hold: statement, path, or receipt were changed.',
    )
  }
  if (name === undefined || !seen) return
  if (seen.size >= seenMax) seen.clear()
  seen.add(name)
}
