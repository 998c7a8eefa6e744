import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CborValue, decodeCbor, encodeCbor, isCodedError, toHex } from '@openbsn/sdk'
import { decode as modelDecode, encode as modelEncode, rfc8949EncodeOptions } from 'cborg'
import type { Prng } from '../../src/testing/prng.ts'
import { testPrng } from '../../src/testing/seed.ts'

// No U+FEFF: cborg drops it where a text begins with it, see `byteOrderMark`.
const letters = ['a', 'Z', '0', '_', ' ', 'é', '水', '𐅑', '\0', '\u007f', '\u0080', '\uffff']
const text = (prng: Prng) =>
  Array.from({ length: prng.int(0, 30) }, () => letters[prng.int(0, letters.length - 1)]).join('')

const byteOrderMark = 'efbbbf'

/** Of every width of head, positive or negative. */
function integer(prng: Prng): number {
  const magnitude = Math.floor(2 ** prng.int(0, 52) + prng.int(-2, 300))
  return Math.max(0, magnitude) * (prng.int(0, 1) === 0 ? 1 : -1) || 0
}

function bytes(prng: Prng): Uint8Array {
  return Uint8Array.from({ length: prng.int(0, 300) }, () => prng.int(0, 255))
}

function value(prng: Prng, depth: number): CborValue {
  const kind = prng.int(0, depth > 4 ? 5 : 8)
  const size = prng.int(0, 6)
  if (kind === 0) return text(prng)
  if (kind === 1) return bytes(prng)
  if (kind === 2) return [true, false, null][prng.int(0, 2)] ?? null
  if (kind <= 5) return integer(prng)
  if (kind === 6) return Array.from({ length: size }, () => value(prng, depth + 1))
  const key = () => (prng.int(0, 1) === 0 ? integer(prng) : text(prng))
  return new Map(Array.from({ length: size }, () => [key(), value(prng, depth + 1)]))
}

function shuffled(map: Map<number | string, CborValue>, prng: Prng) {
  return new Map([...map].toSorted(() => prng.int(-1, 1)))
}

describe('CBOR, against cborg', () => {
  it('has the same bytes for the same value, whatever the order of a map', () => {
    const prng = testPrng()
    for (let round = 0; round < 1500; round++) {
      const one = value(prng, 0)
      const what = `seed ${prng.seed}, round ${round}`
      const encoded = encodeCbor(one)
      assert.equal(toHex(encoded), toHex(modelEncode(one, rfc8949EncodeOptions)), what)
      assert.deepEqual(decodeCbor(encoded), one, what)
      if (one instanceof Map) assert.deepEqual(encodeCbor(shuffled(one, prng)), encoded, what)
    }
  })

  it('reads only bytes that it would write itself, and reads them as cborg does', () => {
    const prng = testPrng()
    let read = 0
    for (let round = 0; round < 6000; round++) {
      const damaged = encodeCbor(value(prng, 3))
      const place = prng.int(0, damaged.length - 1)
      damaged[place] = prng.int(0, 255)
      const what = `seed ${prng.seed}, round ${round}: ${toHex(damaged)}`
      let decoded: CborValue
      try {
        decoded = decodeCbor(damaged)
      } catch (error) {
        assert.ok(isCodedError(error) && error.code.startsWith('CBOR_'), what)
        continue
      }
      read++
      assert.deepEqual(encodeCbor(decoded), damaged, what)
      if (!toHex(damaged).includes(byteOrderMark)) compareWithModel(damaged, decoded, what)
    }
    assert.ok(read > 500, `seed ${prng.seed}: only ${read} of the damaged values were readable`)
  })
})

function compareWithModel(encoded: Uint8Array, decoded: CborValue, what: string): void {
  let model: unknown
  try {
    model = modelDecode(encoded, { useMaps: true, strict: true, rejectDuplicateMapKeys: true })
  } catch (error) {
    // A tag, which cborg reads only where it is told how.
    assert.match(String(error), /tag/, what)
    return
  }
  assert.deepEqual(decoded, model, what)
}
