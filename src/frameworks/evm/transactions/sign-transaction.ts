import type { Hex } from 'viem'
import { keccak256 } from '../accounts/keccak.ts'
import { secp256k1 } from '../accounts/secp256k1.ts'
import { encodeRlp, integerBytes, type RlpValue } from './rlp.ts'
import type { SignedBytes, UnsignedTransaction } from './unsigned-transaction.ts'

/** EIP-2718. */
const type = Buffer.of(2)

/** Signs a transaction (EIP-1559) with a secret of 32 bytes. */
export function signTransaction(transaction: UnsignedTransaction, secret: Uint8Array): SignedBytes {
  const fields = fieldsOf(transaction)
  const digest = keccak256(enveloped(fields))
  const { rs, parity } = secp256k1.sign(digest, secret)
  const raw = enveloped([...fields, integerBytes(parity), shortest(rs, 0), shortest(rs, 32)])
  return { raw: `0x${raw.toString('hex')}`, hash: `0x${keccak256(raw).toString('hex')}` }
}

function fieldsOf(transaction: UnsignedTransaction): RlpValue[] {
  const { chainId, nonce, to, data, value, gas, maxFeePerGas, maxPriorityFeePerGas } = transaction
  return [
    ...[chainId, nonce, maxPriorityFeePerGas, maxFeePerGas, gas].map(integerBytes),
    to === undefined ? Buffer.alloc(0) : bytesOf(to),
    integerBytes(value),
    bytesOf(data),
    [],
  ]
}

const enveloped = (fields: readonly RlpValue[]) => Buffer.concat([type, encodeRlp(fields)])

const bytesOf = (hex: Hex) => Buffer.from(hex.slice(2), 'hex')

/** r or s: a number of 32 bytes, which RLP has without leading zeros. */
function shortest(rs: Uint8Array, from: number): Uint8Array {
  const bytes = rs.subarray(from, from + 32)
  const first = bytes.findIndex((byte) => byte !== 0)
  return bytes.subarray(first < 0 ? 32 : first)
}
