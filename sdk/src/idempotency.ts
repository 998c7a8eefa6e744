import { sha256 } from '#sha256'
import { concat, utf8 } from './bytes.ts'

/**
 * The `cti` that an Idempotency-Key stands for, whichever gateway it is sent to. 32 bytes.
 * A statement that is signed with it is the same act as a JSON record that is sent with the key.
 */
export function idempotencyActId(key: string): Uint8Array {
  return sha256(utf8(`idempotency-key\n${key}`))
}

/** The `cti` of one row of a batch: SHA-256 over the batch's own and the row, as 8 bytes. */
export function rowActId(batch: Uint8Array, row: number): Uint8Array {
  const number = new Uint8Array(8)
  new DataView(number.buffer).setBigUint64(0, BigInt(row))
  return sha256(concat(batch, number))
}
