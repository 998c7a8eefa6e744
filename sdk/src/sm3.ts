import { concat } from './bytes.ts'

/**
 * SM3 (GB/T 32905-2016, ISO/IEC 10118-3:2018): 256 bits, over blocks of 64 bytes as SHA-256. Of our
 * own because browsers have none, and neither has the library that the SDK depends on.
 */

const blockBytes = 64
const initial = [
  ...[0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600],
  ...[0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e],
]

const rotate = (word: number, bits: number) => (word << bits) | (word >>> (32 - bits))
const permute0 = (x: number) => x ^ rotate(x, 9) ^ rotate(x, 17)
const permute1 = (x: number) => x ^ rotate(x, 15) ^ rotate(x, 23)

/** T of each round, rotated as the round wants it. */
const constants = Int32Array.from({ length: 64 }, (_, round) =>
  rotate(round < 16 ? 0x79cc4519 : 0x7a879d8a, round % 32),
)

/** The hash of some bytes, one part after the other. */
export function sm3(...parts: readonly Uint8Array[]): Uint8Array {
  const padded = pad(concat(...parts))
  const view = new DataView(padded.buffer, padded.byteOffset)
  const [state, words] = [Int32Array.from(initial), new Int32Array(68)]
  for (let at = 0; at < padded.length; at += blockBytes) {
    expand(words, view, at)
    compress(state, words)
  }
  const digest = new DataView(new ArrayBuffer(32))
  for (const [i, word] of state.entries()) digest.setInt32(i * 4, word)
  return new Uint8Array(digest.buffer)
}

/** One bit, zeros, and the number of bits in 8 bytes: to whole blocks. */
function pad(message: Uint8Array): Uint8Array {
  const blocks = Math.ceil((message.length + 9) / blockBytes)
  const padded = new Uint8Array(blocks * blockBytes)
  padded.set(message)
  padded[message.length] = 0x80
  const bits = BigInt(message.length) * 8n
  new DataView(padded.buffer).setBigUint64(padded.length - 8, bits)
  return padded
}

function expand(words: Int32Array, view: DataView, at: number): void {
  for (let i = 0; i < 16; i++) words[i] = view.getInt32(at + i * 4)
  const word = (i: number) => words[i] as number
  for (let i = 16; i < 68; i++) {
    const mixed = permute1(word(i - 16) ^ word(i - 9) ^ rotate(word(i - 3), 15))
    words[i] = mixed ^ rotate(word(i - 13), 7) ^ word(i - 6)
  }
}

function compress(state: Int32Array, words: Int32Array): void {
  let [a, b, c, d, e, f, g, h] = state as unknown as Eight
  for (let round = 0; round < 64; round++) {
    const isEarly = round < 16
    const a12 = rotate(a, 12)
    const ss1 = rotate((a12 + e + (constants[round] as number)) | 0, 7)
    const [word, later] = [words[round] as number, words[round + 4] as number]
    const ff = isEarly ? a ^ b ^ c : (a & b) | (a & c) | (b & c)
    const gg = isEarly ? e ^ f ^ g : (e & f) | (~e & g)
    const tt1 = (ff + d + (ss1 ^ a12) + (word ^ later)) | 0
    const tt2 = (gg + h + ss1 + word) | 0
    ;[a, b, c, d] = [tt1, a, rotate(b, 9), c]
    ;[e, f, g, h] = [permute0(tt2), e, rotate(f, 19), g]
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) {
    state[i] = (state[i] as number) ^ word
  }
}

type Eight = [number, number, number, number, number, number, number, number]
