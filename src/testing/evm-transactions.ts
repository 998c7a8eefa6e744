import type { Hex } from 'viem'
import type { UnsignedTransaction } from '../frameworks/evm/transactions/unsigned-transaction.ts'
import type { Prng } from './prng.ts'

/** So many bytes by chance; the first few are often zeros, which encodings have to care for. */
export function randomHex(prng: Prng, length: number): Hex {
  const zeros = prng.int(0, 3) === 0 ? prng.int(0, 2) : 0
  const bytes = Array.from({ length }, (_, at) => (at < zeros ? 0 : prng.int(1, 255)))
  return `0x${Buffer.from(bytes).toString('hex')}`
}

/** An amount of up to so many bytes; often 0. */
export function randomAmount(prng: Prng, bytesMax: number): bigint {
  return prng.int(0, 3) === 0 ? 0n : BigInt(randomHex(prng, prng.int(1, bytesMax)))
}

/** A transaction with fields of every length that encodings have to care for. */
export function randomTransaction(prng: Prng): UnsignedTransaction {
  const lengths = [0, 1, 2, 54, 55, 56, 57, 68, 104, 254, 255, 256, 257, 5000]
  const length = lengths[prng.int(0, lengths.length - 1)] ?? 0
  const tip = randomAmount(prng, 6)
  return {
    chainId: prng.int(1, 2 ** 31),
    nonce: prng.int(0, 3) === 0 ? 0 : prng.int(1, 2 ** prng.int(1, 31)),
    ...(prng.int(0, 4) === 0 ? {} : { to: randomHex(prng, 20) }),
    data: length === 0 ? '0x' : randomHex(prng, length),
    value: randomAmount(prng, 12),
    gas: randomAmount(prng, 4),
    maxFeePerGas: tip + randomAmount(prng, 6),
    maxPriorityFeePerGas: tip,
  }
}
