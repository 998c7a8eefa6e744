import type { Hex } from 'viem'

/** A transaction of EIP-1559 (type 2), before its signature. Amounts in wei, fees in wei by gas. */
export type UnsignedTransaction = {
  readonly chainId: number
  readonly nonce: number
  /** Absent where it makes a contract. */
  readonly to?: Hex | undefined
  readonly data: Hex
  readonly value: bigint
  readonly gas: bigint
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
}

/** A transaction as it goes to a chain, and the hash that it has there. */
export type SignedBytes = { readonly raw: Hex; readonly hash: Hex }
