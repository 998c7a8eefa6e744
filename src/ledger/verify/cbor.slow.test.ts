import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CborValue, decodeCbor, encodeCbor, Tagged } from '@openbsn/sdk'
import type { Prng } from '../../testing/prng.ts'
import { testPrng } from '../../testing/seed.ts'
import { decode, encode } from './cbor.ts'

/** A value of any form, nested a little. */
function randomValue(prng: Prng, depth = 0): CborValue {
  const number = 2 ** prng.int(0, 52) + prng.int(-1, 1)
  const makers: (() => CborValue)[] = [
    () => number,
    () => -1 - number,
    () => 'é'.repeat(prng.int(0, 3)) + 'x'.repeat(prng.int(0, 300)),
    () => Buffer.alloc(prng.int(0, 300), prng.int(0, 255)),
    () => prng.int(0, 1) === 1,
    () => null,
  ]
  const below = () => randomValue(prng, depth + 1)
  const nested: (() => CborValue)[] = [
    () => Array.from({ length: prng.int(0, 4) }, below),
    () =>
      new Map(
        Array.from({ length: prng.int(0, 4) }, (_, i) => [prng.int(0, 1) ? i : `${i}`, below()]),
      ),
    () => new Tagged(prng.int(0, 70_000), below()),
  ]
  const all = depth < 4 ? [...makers, ...nested] : makers
  return all[prng.int(0, all.length - 1)]?.() ?? null
}

const tried = <T>(read: () => T): T | undefined => {
  try {
    return read()
  } catch {
    return undefined
  }
}

describe('the CBOR of verification', () => {
  it('reads and writes what the SDK does', () => {
    const prng = testPrng()
    for (let round = 0; round < 2000; round++) {
      const bytes = Buffer.from(encodeCbor(randomValue(prng)))
      const said = `seed ${prng.seed}, round ${round}: ${bytes.toString('hex')}`
      assert.ok(encode(decode(bytes)).equals(bytes), said)
    }
  })

  it('refuses what the SDK refuses, and nothing else', () => {
    const prng = testPrng()
    for (let round = 0; round < 5000; round++) {
      const bytes = Buffer.from(encodeCbor(randomValue(prng)))
      const at = prng.int(0, bytes.length - 1)
      bytes[at] = prng.int(0, 255)
      const cut = prng.int(0, 9) === 0 ? bytes.subarray(0, prng.int(0, bytes.length)) : bytes
      const said = `seed ${prng.seed}, round ${round}: ${cut.toString('hex')}`
      const theirs = tried(() => encodeCbor(decodeCbor(cut)))
      const ours = tried(() => encode(decode(cut)))
      assert.deepEqual(ours && Buffer.from(ours), theirs && Buffer.from(theirs), said)
    }
  })
})
