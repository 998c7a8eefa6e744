/** 0x and hex digits, two for each byte. */
export type Hex = `0x${string}`

/** Bytes as 0x and lower-case hex. */
export function hexOf(bytes: Uint8Array): Hex {
  const { buffer, byteOffset, byteLength } = bytes
  return `0x${Buffer.from(buffer, byteOffset, byteLength).toString('hex')}`
}

/** The bytes of 0x hex; what is no hex ends them early, and is nobody's hash or address. */
export function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.slice(2), 'hex')
}
