/** Blocks, transactions and logs as the index keeps them. */

export type ReadLog = {
  /** Place in its block. */
  readonly index: number
  readonly address: Buffer
  /** Up to four of 32 bytes, one after the other. */
  readonly topics: Buffer
  readonly data: Buffer
}

export type ReadTransaction = {
  readonly hash: Buffer
  /** Place in its block. */
  readonly place: number
  readonly status: 0 | 1
  readonly sender: Buffer
  readonly receiver: Buffer | null
  /** Address of the contract that it made. */
  readonly created: Buffer | null
  readonly gasUsed: number
  /** SHA-256 of the calldata. */
  readonly input: Uint8Array
  /** The identity behind the calldata, where there is one. */
  readonly act: Buffer | null
  readonly logs: readonly ReadLog[]
}

export type ReadHeader = {
  readonly height: number
  readonly hash: Buffer
  readonly parent: Buffer
  /** Seconds since 1970. */
  readonly time: number
}

export type ReadBlock = ReadHeader & { readonly transactions: readonly ReadTransaction[] }
