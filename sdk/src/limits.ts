/** Bounds of the wire format. The server enforces the same ones. */
export const limits = {
  payloadBytesMax: 64 * 1024,
  /** Body of one request. */
  batchBytesMax: 8 * 1024 * 1024,
  batchStatementsMax: 10_000,
  /** Texts in a statement's header: iss, sub, aud, content type, credential. */
  nameBytesMax: 128,
  recordKeyBytesMax: 256,
  actIdBytesMax: 64,
  /** A control statement expires at most this long after the block's time, in seconds. */
  controlLifetimeMax: 3600,
  /** How far `iat` may be ahead of block time, in seconds: clocks differ. */
  clockSkewMax: 600,
} as const
