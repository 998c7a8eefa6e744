import { equalBytes, toHex } from './bytes.ts'
import { type CborMap, type CborValue, encodeCbor } from './cbor.ts'
import { CborReader, decodeCbor } from './cbor-reader.ts'
import { CodedError, isCodedError } from './errors.ts'
import { type TrustedKeys, verifyReceipts } from './key-bundle.ts'
import { rootFromInclusion } from './merkle.ts'
import { leafHash, parseStatement } from './statement.ts'

/** That a transaction is on a service's chain, as an operator registered it in the ledger. */

export const transactionProofType = 'application/vnd.openbsn.transaction-proof+cbor'
/** The module and content type that register ranges of blocks. */
export const blocksModule = 'bsn:blocks'
export const blocksRegisterType = 'application/vnd.openbsn.blocks-register+cbor'

/** Longer than the receipts of any network, and shorter than what hurts to read. */
const proofBytesMax = 4 * 1024 * 1024
/** A tree of 2^53 leaves is not higher. */
const pathMax = 53
const receiptsMax = 1000

export type TransactionLeaf = {
  /** Hash of the transaction, 32 bytes. */
  readonly transaction: Uint8Array
  /** SHA-256 of its calldata, 32 bytes. */
  readonly input: Uint8Array
  /** 1 where it did what it said, 0 where it was reverted. */
  readonly status: 0 | 1
  /** Of its block. */
  readonly height: number
}

export type TransactionProof = {
  /** As `encodeTransactionLeaf` makes it. */
  readonly leaf: Uint8Array
  /** Place of the leaf below the root, and how many there are. */
  readonly index: number
  readonly count: number
  /** From the leaf's sibling up (RFC 9162, section 2.1.3). */
  readonly path: readonly Uint8Array[]
  /** The registered statement that has the root. */
  readonly statement: Uint8Array
  /** Its COSE receipts: one for each validator that signed. */
  readonly receipts: readonly Uint8Array[]
}

/** What a verified proof says. Hashes as 0x and 64 hex digits. */
export type VerifiedTransaction = {
  readonly transaction: string
  /** SHA-256 of the transaction's calldata. */
  readonly input: string
  readonly status: 0 | 1
  /** Of the block on the chain. */
  readonly height: number
  /** EIP-155. */
  readonly chain: number
  readonly service: string
  /** Grows when blocks that were registered are not of the chain any more. */
  readonly generation: number
  readonly ledger: string
  /** Of the entry in the ledger's log. */
  readonly index: number
  /** When the ledger registered it, in seconds since 1970. */
  readonly time: number
  /** The member whose operator says that the chain was so. */
  readonly attestedBy: string
  /** Thumbprints of the validators' keys that signed the receipts, in hex. */
  readonly signers: readonly string[]
}

const names = ['leaf', 'path', 'count', 'index', 'receipts', 'statement'] as const

function invalid(why: string, cause?: unknown): CodedError {
  const message = `The proof of the transaction does not hold: ${why}.`
  return new CodedError('TRANSACTION_PROOF_INVALID', message, { cause })
}

/** What the tree of a range has for one transaction. */
export function encodeTransactionLeaf(leaf: TransactionLeaf): Uint8Array {
  return encodeCbor([leaf.transaction, leaf.input, leaf.status, leaf.height])
}

/** For a file or an answer. It is only put together; `verifyTransactionProof` checks. */
export function encodeTransactionProof(proof: TransactionProof): Uint8Array {
  const { path, receipts, ...rest } = proof
  const fields: CborMap = new Map(Object.entries(rest) as [string, CborValue][])
  return encodeCbor(fields.set('path', [...path]).set('receipts', [...receipts]))
}

/** @throws TRANSACTION_PROOF_INVALID */
export function decodeTransactionProof(bytes: Uint8Array): TransactionProof {
  if (bytes.length > proofBytesMax) throw invalid(`it is longer than ${proofBytesMax} bytes`)
  return reading(() => {
    const reader = new CborReader(bytes)
    // The first byte of a map of six: files of other kinds are told apart by it.
    if (bytes[0] !== 0xa6) throw invalid('this is no proof of a transaction')
    if (reader.readMapLength() !== names.length) throw invalid('it has six members')
    const member = <T>(name: (typeof names)[number], read: () => T): T => {
      if (reader.readKey() !== name) throw invalid(`${name} is not where it belongs`)
      return read()
    }
    const list = (most: number) => {
      const length = reader.readArrayLength()
      if (length > most) throw invalid('a list is longer than it can be')
      return Array.from({ length }, () => reader.readBytes().slice())
    }
    const proof = {
      leaf: member('leaf', () => reader.readBytes().slice()),
      path: member('path', () => list(pathMax)),
      count: member('count', () => reader.readUnsigned()),
      index: member('index', () => reader.readUnsigned()),
      receipts: member('receipts', () => list(receiptsMax)),
      statement: member('statement', () => reader.readBytes().slice()),
    }
    reader.end()
    return proof
  })
}

function reading<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!isCodedError(error) || error.code === 'TRANSACTION_PROOF_INVALID') throw error
    throw invalid(error.message, error)
  }
}

/**
 * Verifies a proof with no server and no clock: that the ledger registered, by an operator's word,
 * that the transaction is in a block of the service's chain. It does not say that the operator is
 * right; whoever has the chain can look.
 * @throws TRANSACTION_PROOF_INVALID, and RECEIPT_* as `verifyReceipts`
 */
export function verifyTransactionProof(bytes: Uint8Array, keys: TrustedKeys): VerifiedTransaction {
  const { leaf, index, count, path, statement, receipts } = decodeTransactionProof(bytes)
  const verified = verifyReceipts(statement, receipts, keys)
  const { transaction, input, status, height } = reading(() => decodeLeaf(leaf))
  const { claims, contentType, payload } = reading(() => parseStatement(statement))
  if (claims.sub !== blocksModule || contentType !== blocksRegisterType) {
    throw invalid('its statement registers no blocks')
  }
  const range = reading(() => decodeRange(payload))
  if (count !== range.count) throw invalid('another number of transactions is registered')
  if (height < range.first || height > range.last) throw invalid('its block is not in the range')
  const root = rootFromInclusion(leafHash(leaf), { size: count, index, path })
  if (!root || !equalBytes(root, range.root)) throw invalid('its path leads to another root')
  return {
    transaction: `0x${toHex(transaction)}`,
    input: `0x${toHex(input)}`,
    ...{ status, height, chain: range.chain, service: range.service },
    ...{ generation: range.generation, ledger: verified.ledger, index: verified.index },
    ...{ time: verified.time, attestedBy: claims.iss, signers: verified.signers },
  }
}

/** @throws TRANSACTION_PROOF_INVALID, CBOR_* */
function decodeLeaf(bytes: Uint8Array): TransactionLeaf {
  const reader = new CborReader(bytes)
  if (reader.readArrayLength() !== 4) throw invalid('a leaf has four elements')
  const [transaction, input] = [reader.readBytes(), reader.readBytes()]
  if (transaction.length !== 32 || input.length !== 32) throw invalid('a leaf begins with hashes')
  const status = reader.readUnsigned()
  if (status !== 0 && status !== 1) throw invalid('a status is 0 or 1')
  const height = reader.readUnsigned()
  reader.end()
  return { transaction, input, status, height }
}

/** What the ledger checked when it registered the range; here only what is used. */
function decodeRange(payload: Uint8Array) {
  const value = decodeCbor(payload)
  const map: CborMap = value instanceof Map ? value : new Map()
  const number = (name: string): number => {
    const item = map.get(name)
    return typeof item === 'number' ? item : lacks(name)
  }
  const [service, root] = [map.get('service'), map.get('root')]
  return {
    service: typeof service === 'string' ? service : lacks('service'),
    root: root instanceof Uint8Array ? root : lacks('root'),
    ...{ chain: number('chain'), generation: number('generation'), count: number('count') },
    ...{ first: number('first'), last: number('last') },
  }
}

function lacks(name: string): never {
  throw invalid(`its statement has no ${name}`)
}
