import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fromHex, toHex } from './bytes.ts'
import { type CborMap, type CborValue, encodeCbor, Tagged } from './cbor.ts'
import { decodeCbor } from './cbor-reader.ts'

const hex = (text: string) => fromHex(text) ?? assert.fail(`not hex: ${text}`)
const map = (...pairs: [number | string, CborValue][]): CborMap => new Map(pairs)
const upTo25 = Array.from({ length: 25 }, (_, i) => i + 1)

/** RFC 8949, appendix A: every example that is in our subset. */
const examples: readonly [string, CborValue][] = [
  ...([0, 1, 10, 23] as const).map((n): [string, CborValue] => [toHex(Uint8Array.of(n)), n]),
  ['1818', 24],
  ['1819', 25],
  ['1864', 100],
  ['1903e8', 1000],
  ['1a000f4240', 1_000_000],
  ['1b000000e8d4a51000', 1_000_000_000_000],
  ['20', -1],
  ['29', -10],
  ['3863', -100],
  ['3903e7', -1000],
  ['f4', false],
  ['f5', true],
  ['f6', null],
  ['c074323031332d30332d32315432303a30343a30305a', new Tagged(0, '2013-03-21T20:04:00Z')],
  ['c11a514b67b0', new Tagged(1, 1363896240)],
  ['c249010000000000000000', new Tagged(2, hex('010000000000000000'))],
  ['d74401020304', new Tagged(23, hex('01020304'))],
  ['d818456449455446', new Tagged(24, hex('6449455446'))],
  ['d82076687474703a2f2f7777772e6578616d706c652e636f6d', new Tagged(32, 'http://www.example.com')],
  ['40', hex('')],
  ['4401020304', hex('01020304')],
  ['60', ''],
  ['6161', 'a'],
  ['6449455446', 'IETF'],
  ['62225c', '"\\'],
  ['62c3bc', 'ü'],
  ['63e6b0b4', '水'],
  ['64f0908591', '𐅑'],
  ['80', []],
  ['83010203', [1, 2, 3]],
  ['8301820203820405', [1, [2, 3], [4, 5]]],
  ['98190102030405060708090a0b0c0d0e0f101112131415161718181819', upTo25],
  ['a0', map()],
  ['a201020304', map([1, 2], [3, 4])],
  ['a26161016162820203', map(['a', 1], ['b', [2, 3]])],
  ['826161a161626163', ['a', map(['b', 'c'])]],
  ['a56161614161626142616361436164614461656145', map(...letterPairs())],
]

function letterPairs(): [string, string][] {
  return [...'abcde'].map((letter) => [letter, letter.toUpperCase()])
}

describe('deterministic CBOR', () => {
  it('writes and reads the examples of RFC 8949, appendix A', () => {
    for (const [encoded, value] of examples) {
      assert.equal(toHex(encodeCbor(value)), encoded)
      assert.deepEqual(decodeCbor(hex(encoded)), value, encoded)
    }
  })

  it('takes the shortest head at every border', () => {
    const borders = [23, 24, 0xff, 0x100, 0xffff, 0x10000, 0xffffffff, 0x100000000, 2 ** 53 - 1]
    const widths = [1, 2, 2, 3, 3, 5, 5, 9, 9]
    for (const [i, border] of borders.entries()) {
      assert.equal(encodeCbor(border).length, widths[i], `${border}`)
      assert.equal(decodeCbor(encodeCbor(border)), border)
      const negative = Math.max(-1 - border, Number.MIN_SAFE_INTEGER)
      assert.equal(encodeCbor(negative).length, widths[i], `${negative}`)
      assert.equal(decodeCbor(encodeCbor(negative)), negative)
    }
  })

  it('sorts map keys by their encodings (RFC 8949, section 4.2.1)', () => {
    const keys = [10, 100, -1, 'z', 'aa', 24, 0, -25, '水', 'é', 'b', -65537, -65538, 2 ** 40]
    const sorted = [0, 10, 24, 100, 2 ** 40, -1, -25, -65537, -65538, 'b', 'z', 'aa', 'é', '水']
    const encoded = encodeCbor(map(...keys.map((key): [number | string, CborValue] => [key, key])))
    const read = decodeCbor(encoded)
    assert.ok(read instanceof Map)
    assert.deepEqual([...read.keys()], sorted)
    assert.deepEqual(encodeCbor(map(...[...read].reverse())), encoded)
  })

  it('refuses what it cannot write without loss', () => {
    const unsafe = [0.5, Number.NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53)]
    const others = [undefined, {}, 1n, () => 1, [undefined], new Date(0)]
    for (const value of [
      ...unsafe,
      ...others,
      '\ud800',
      'a\udc00b',
      [unsafe],
      map(['\udfff', 1]),
    ]) {
      assert.throws(() => encodeCbor(value as CborValue), { code: 'CBOR_UNSUPPORTED' })
    }
    assert.equal(toHex(encodeCbor(1)), '01', 'a refusal leaves nothing behind')
  })

  it('gives bytes that later encodings leave alone, however large', () => {
    const large = encodeCbor(new Uint8Array(3_000_000).fill(7))
    const small = encodeCbor(['a', 1])
    const copy = small.slice()
    encodeCbor('x'.repeat(100_000))
    assert.deepEqual(small, copy)
    assert.equal(large.length, 3_000_005)
    assert.ok(large.subarray(5).every((byte) => byte === 7))
    assert.equal(small.buffer.byteLength, small.length)
  })
})
