import { concat } from '@openbsn/sdk'
import type { Hex } from 'viem'
import { keccak256 } from '../accounts/keccak.ts'
import { checksummed, signerOf } from '../accounts/secp256k1.ts'
import { evmError } from '../errors.ts'
import { decodeRlp, encodeRlp, encodeRlpList, integerBytes, RlpFault, type RlpItem } from './rlp.ts'
import { TransactionFields } from './transaction-fields.ts'

/** A transaction that a client signed, read from its bytes. Amounts in wei, fees in wei by gas. */
export type SignedTransaction = {
  readonly type: 0 | 1 | 2 | 4
  readonly hash: Hex
  /** Who signed it, checksummed. */
  readonly from: Hex
  readonly nonce: number
  /** Checksummed; undefined where it makes a contract. */
  readonly to: Hex | undefined
  readonly value: bigint
  readonly input: Hex
  readonly gas: bigint
  /** The gas price, where the type has no other. */
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
}

/** As nodes of Ethereum take it: a larger one would be passed on by none of them. */
const bytesMax = 128 * 1024

const legacy = ['nonce', 'gasPrice', 'gas', 'to', 'value', 'data'] as const
const call = ['gas', 'to', 'value', 'data', 'accessList'] as const
const fees = ['maxPriorityFeePerGas', 'maxFeePerGas'] as const
const signature = ['parity', 'r', 's'] as const

/** Fields in their order: EIP-155, 2930, 1559, 7702. */
const layouts = {
  0: [...legacy, 'v', 'r', 's'],
  1: ['chainId', 'nonce', 'gasPrice', ...call, ...signature],
  2: ['chainId', 'nonce', ...fees, ...call, ...signature],
  4: ['chainId', 'nonce', ...fees, ...call, 'authorizationList', ...signature],
} as const

type Type = keyof typeof layouts

/**
 * Reads a signed transaction of types 0 (with a chain id, EIP-155), 1, 2 and 4, strictly: one that
 * can be written in another way, or whose signature has a twin, is none.
 * @throws TRANSACTION_INVALID with what is wrong
 */
export function readTransaction(
  raw: string,
  { chainId }: { readonly chainId: number },
): SignedTransaction {
  const bytes = bytesIn(raw)
  try {
    return read(bytes, chainId)
  } catch (fault) {
    if (!(fault instanceof RlpFault)) throw fault
    throw invalid(`it is no RLP: at byte ${fault.at} ${fault.why}`)
  }
}

function read(bytes: Buffer, chainId: number): SignedTransaction {
  const type = typeOf(bytes)
  const { list } = listIn(decodeRlp(bytes, type === 0 ? 0 : 1))
  const layout = layouts[type]
  if (list.length !== layout.length) {
    throw invalid(`type ${type} has ${layout.length} fields, this has ${list.length}`)
  }
  const fields = new TransactionFields(layout, list)
  const v = type === 0 ? fields.integer('v', 64) : undefined
  const parity = v === undefined ? fields.integer('parity', 8) : parityIn(v)
  if (parity > 1n) throw invalid('the parity of its signature is neither 0 nor 1')
  checkChain(v === undefined ? fields.integer('chainId', 64) : chainIn(v), chainId)
  const unsigned = unsignedOf(bytes, list, { type, chainId })
  const from = signerOf(keccak256(unsigned), {
    rs: concat(fields.padded('r'), fields.padded('s')),
    parity: parity === 0n ? 0 : 1,
  })
  if (!from) throw invalid('no key can have made its signature, or its s is not low (EIP-2)')
  const hash = `0x${keccak256(bytes).toString('hex')}` as const
  return { type, hash, from, ...contentOf(fields, type) }
}

function contentOf(fields: TransactionFields, type: Type) {
  const to = fields.address('to')
  const [feeName, tipName] = type > 1 ? fees.toReversed() : (['gasPrice', 'gasPrice'] as const)
  const content = {
    // Beyond what a number holds no account comes; EIP-2681 has 2^64 - 1.
    nonce: Number(fields.integer('nonce', 53)),
    to: to && checksummed(to.toString('hex')),
    value: fields.integer('value', 256),
    input: `0x${fields.bytes('data').toString('hex')}` as const,
    gas: fields.integer('gas', 64),
    maxFeePerGas: fields.integer(feeName ?? 'gasPrice', 256),
    maxPriorityFeePerGas: fields.integer(tipName ?? 'gasPrice', 256),
  }
  if (content.maxPriorityFeePerGas > content.maxFeePerGas) {
    throw invalid('maxPriorityFeePerGas is more than maxFeePerGas')
  }
  if (type > 0) fields.checkAccessList()
  if (type === 4) {
    fields.checkAuthorizations()
    if (!to) throw invalid('type 4 makes no contract: it has no `to`')
  }
  return content
}

function bytesIn(raw: string): Buffer {
  if (raw.length > 2 + 2 * bytesMax) throw invalid(`it has more than ${bytesMax} bytes`)
  if (!/^0x([0-9a-f]{2})+$/i.test(raw)) throw invalid('it is no text of bytes in hex behind 0x')
  return Buffer.from(raw.slice(2), 'hex')
}

/** EIP-2718: a list is of the first kind, which had no type yet. */
function typeOf(bytes: Buffer): Type {
  const first = bytes[0] ?? 0
  if (first >= 0xc0) return 0
  if (first === 1 || first === 2 || first === 4) return first
  if (first !== 3) throw invalid(`there is no type ${first} (types 0, 1, 2 and 4 are taken)`)
  throw invalid('it carries blobs (EIP-4844): chains here keep none, so put data into the call')
}

function listIn(item: RlpItem): { readonly list: readonly RlpItem[] } {
  if ('list' in item) return item
  throw invalid('it is no list of fields')
}

/** EIP-155: 35 and twice the chain id, and the parity. */
function chainIn(v: bigint): bigint {
  if (v >= 35n) return (v - 35n) / 2n
  throw invalid(
    'it names no chain (EIP-155), so that it would be good on all: sign with a chain id',
  )
}

const parityIn = (v: bigint) => (v - 35n) & 1n

function checkChain(named: bigint, chainId: number): void {
  if (named === BigInt(chainId)) return
  throw invalid(`it is for the chain ${named}, and this is ${chainId}`)
}

/** What was signed: the bytes without the signature. */
function unsignedOf(
  bytes: Buffer,
  list: readonly RlpItem[],
  { type, chainId }: { readonly type: Type; readonly chainId: number },
): Uint8Array {
  const fields = list.slice(0, -3)
  const content = bytes.subarray(fields[0]?.from, fields.at(-1)?.end)
  if (type > 0) return concat(Uint8Array.of(type), encodeRlpList([content]))
  const none = encodeRlp(Buffer.alloc(0))
  return encodeRlpList([content, encodeRlp(integerBytes(chainId)), none, none])
}

const invalid = (why: string) =>
  evmError('TRANSACTION_INVALID', `The transaction is not one for this chain: ${why}.`)
