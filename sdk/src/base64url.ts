/** base64url without padding (RFC 4648, section 5), strict: one text for the same bytes. */
export interface Base64url {
  encode(bytes: Uint8Array): string
  /** Undefined for padding, spaces, other letters or stray bits at the end. */
  decode(text: string): Uint8Array | undefined
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const letterValues = new Map([...alphabet].map((letter, value) => [letter, value]))

/** What every JavaScript runtime can do. */
export const portableBase64url: Base64url = {
  encode(bytes) {
    let out = ''
    for (let i = 0; i < bytes.length; i += 3) {
      const left = bytes.length - i
      const word = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
      out += alphabet.charAt(word >> 18) + alphabet.charAt((word >> 12) & 63)
      if (left > 1) out += alphabet.charAt((word >> 6) & 63)
      if (left > 2) out += alphabet.charAt(word & 63)
    }
    return out
  },

  decode(text) {
    if (text.length % 4 === 1) return undefined
    const out = new Uint8Array(Math.floor((text.length * 3) / 4))
    let bits = 0
    let word = 0
    let length = 0
    for (const letter of text) {
      const value = letterValues.get(letter)
      if (value === undefined) return undefined
      word = ((word << 6) | value) & 0xffff
      bits += 6
      if (bits >= 8) {
        bits -= 8
        out[length++] = (word >> bits) & 0xff
      }
    }
    return (word & ((1 << bits) - 1)) === 0 ? out : undefined
  },
}

/** Native code where the runtime has it: 40 times as fast on 1 KB, and receipts are many. */
function nativeBase64url(buffer: typeof Buffer): Base64url {
  return {
    encode: ({ buffer: memory, byteOffset, length }) =>
      buffer.from(memory, byteOffset, length).toString('base64url'),
    decode(text) {
      // Node's decoder forgives everything, so strictness is that the text comes back the same.
      const bytes = buffer.from(text, 'base64url')
      return bytes.toString('base64url') === text ? new Uint8Array(bytes) : undefined
    },
  }
}

const { encode, decode } = globalThis.Buffer?.isEncoding('base64url')
  ? nativeBase64url(globalThis.Buffer)
  : portableBase64url

/** base64url without padding (RFC 4648, section 5). */
export const toBase64url: (bytes: Uint8Array) => string = encode

/** Strict: no padding, no spaces, no stray bits; undefined where the text is anything else. */
export const fromBase64url: (text: string) => Uint8Array | undefined = decode
