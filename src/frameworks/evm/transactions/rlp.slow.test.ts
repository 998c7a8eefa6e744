import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toRlp } from 'viem'
import { randomHex } from '../../../testing/evm-transactions.ts'
import type { Prng } from '../../../testing/prng.ts'
import { testPrng } from '../../../testing/seed.ts'
import { decodeRlp, encodeRlp, integerBytes, RlpFault, type RlpItem, type RlpValue } from './rlp.ts'

function randomValue(prng: Prng, depth: number): RlpValue {
  if (depth < 4 && prng.int(0, 1) === 0) {
    return Array.from({ length: prng.int(0, 6) }, () => randomValue(prng, depth + 1))
  }
  const lengths = [0, 1, 1, 2, 54, 55, 56, 255, 256, 300]
  return Buffer.from(randomHex(prng, lengths[prng.int(0, 9)] ?? 0).slice(2), 'hex')
}

type Tree = string | Tree[]
const treeOf = (value: RlpValue): Tree =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value.map(treeOf)
const treeIn = (item: RlpItem): Tree =>
  'bytes' in item ? Buffer.from(item.bytes).toString('hex') : item.list.map(treeIn)
const forViem = (value: RlpValue): Parameters<typeof toRlp>[0] =>
  value instanceof Uint8Array
    ? `0x${Buffer.from(value).toString('hex')}`
    : (value.map(forViem) as `0x${string}`[])

/** The item, or why there is none. */
function read(bytes: Uint8Array): RlpItem | string {
  try {
    return decodeRlp(bytes)
  } catch (fault) {
    assert.ok(fault instanceof RlpFault, String(fault))
    return `${fault.why} at ${fault.at}`
  }
}

const asValue = (item: RlpItem): RlpValue => ('bytes' in item ? item.bytes : item.list.map(asValue))

describe('RLP', () => {
  it('is written as viem writes it, and read back', () => {
    const prng = testPrng()
    for (let round = 0; round < 300; round++) {
      const value = randomValue(prng, 0)
      const bytes = encodeRlp(value)
      const said = `seed ${prng.seed}, round ${round}`
      assert.equal(`0x${bytes.toString('hex')}`, toRlp(forViem(value)), said)
      assert.deepEqual(treeIn(decodeRlp(bytes)), treeOf(value), said)
    }
  })

  it('is read in one way only: whatever is read is written in the same bytes', () => {
    const prng = testPrng()
    let understood = 0
    for (let round = 0; round < 5000; round++) {
      const bytes = Buffer.from(encodeRlp(randomValue(prng, 0)))
      const at = prng.int(0, Math.min(8, bytes.length - 1))
      bytes[at] = prng.int(0, 255)
      const item = read(bytes)
      if (typeof item === 'string') continue
      understood++
      assert.deepEqual(encodeRlp(asValue(item)), bytes, `seed ${prng.seed}, round ${round}`)
    }
    assert.ok(understood > 100, `${understood} of 5000 were read`)
  })

  it('says what is wrong, and where', () => {
    const cases = {
      '': 'an item is missing at 0',
      '8100': 'a byte below 128 has a length before it at 0',
      '83aabb': 'an item is longer than what is there at 0',
      c281: 'an item is longer than what is there at 0',
      c282aa: 'an item is longer than what is there at 1',
      b801aa: 'a length is not written as short as it can be at 0',
      b90038: 'a length is not written as short as it can be at 0',
      bfffffffffffffffff: 'an item is longer than what is there at 0',
      ffffffffffffffffff: 'an item is longer than what is there at 0',
      b8: 'a length is not written as short as it can be at 0',
      '8080': 'more bytes follow at 1',
      c5c4c3c2c1c0: 'lists lie more than 4 deep at 4',
    }
    for (const [hex, why] of Object.entries(cases)) {
      assert.equal(read(Buffer.from(hex, 'hex')), why, hex)
    }
  })

  it('takes time by length and no more, whatever the bytes are', () => {
    const startMs = performance.now()
    for (const byte of [0xc0, 0xc1, 0xf8, 0xff, 0x80, 0xb8, 0x00]) read(Buffer.alloc(2 ** 17, byte))
    const many = encodeRlp(Array.from({ length: 2 ** 17 }, () => Buffer.alloc(0)))
    assert.equal(typeof read(many), 'object')
    // On any machine: what grows with the square of its size takes minutes.
    assert.ok(performance.now() - startMs < 30_000)
  })

  it('has numbers without zeros in front', () => {
    const hex = [0, 1, 255, 256n, 2n ** 64n].map((one) => integerBytes(one).toString('hex'))
    assert.deepEqual(hex, ['', '01', 'ff', '0100', '010000000000000000'])
  })
})
