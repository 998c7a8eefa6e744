/**
 * A file of statements of one length, each as a CBOR byte string: any run of records is the body of
 * a batch as it stands, and a record without its head is the body of one statement.
 */
export type StatementFile = {
  readonly path: string
  /** Statements in it. */
  readonly count: number
  /** Of one statement, without the head. */
  readonly statementBytes: number
}

/** Major type 2 with the length in two bytes, the shortest form from 256 to 65535. */
export const headBytes = 3

export const recordBytes = ({ statementBytes }: Pick<StatementFile, 'statementBytes'>) =>
  headBytes + statementBytes

/** The head of a byte string of `length` bytes: 256 to 65535. */
export function byteStringHead(length: number): Uint8Array {
  return Uint8Array.of(0x59, length >> 8, length & 0xff)
}
