import type { Prng } from './prng.ts'

/** Bytes that something happened to on their way, and what, with the seed. */
export type Broken = { readonly content: Uint8Array; readonly said: string }

/** The beginning of a file: near its ends, and up to eight places by chance. */
export function cutShort(bytes: Uint8Array, prng: Prng): Broken[] {
  const chosen = Array.from({ length: 8 }, () => prng.int(6, bytes.length - 2))
  return [0, 1, 4, 5, bytes.length - 1, ...chosen].map((length) => ({
    content: bytes.subarray(0, length),
    said: `seed ${prng.seed}: the first ${length} bytes`,
  }))
}

/** A file with one bit flipped, thirty times by chance; and with more behind it. */
export function changedOnTheWay(bytes: Uint8Array, prng: Prng): Broken[] {
  const flipped = Array.from({ length: 30 }, (_, round) => {
    const [at, bit] = [prng.int(0, bytes.length - 1), 1 << prng.int(0, 7)]
    const content = Buffer.from(bytes)
    content[at] = (content[at] ?? 0) ^ bit
    return { content, said: `seed ${prng.seed}, round ${round}: byte ${at}, bit ${bit}` }
  })
  const longer = [Buffer.of(0), bytes.subarray(0, 500)].map((more) => ({
    content: Buffer.concat([bytes, more]),
    said: `${more.length} bytes behind its end`,
  }))
  return [...flipped, ...longer]
}
