import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compareBytes, concat, equalBytes, fromHex, fromUtf8, toHex, utf8 } from './bytes.ts'

const hex = (text: string) => fromHex(text) ?? assert.fail(`not hex: ${text}`)

describe('bytes', () => {
  it('turns every byte into hex and back', () => {
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    assert.deepEqual(fromHex(toHex(all)), all)
    assert.deepEqual(fromHex(toHex(all).toUpperCase()), all)
    assert.deepEqual(fromHex(''), new Uint8Array(0))
  })

  it('refuses what is not hex', () => {
    for (const text of ['0', '0g', 'g0', ' 00', '0x00', '00 ', '0\u0130', '٠٠', '//', '::', '@@']) {
      assert.equal(fromHex(text), undefined, text)
    }
  })

  it('reads UTF-8 strictly', () => {
    const texts = ['', 'flights', 'ü水𐅑', '\ufeffmark', 'x'.repeat(64), `${'x'.repeat(63)}水`]
    for (const text of texts) assert.equal(fromUtf8(utf8(text)), text)
    const broken = ['80', 'c0af', 'eda080', 'f4908080', 'e282', `${'78'.repeat(70)}ff`]
    for (const bytes of broken) assert.equal(fromUtf8(hex(bytes)), undefined, bytes)
  })

  it('orders bytewise, a prefix first', () => {
    const sorted = ['', '00', '0000', '01', '7f', '80', 'ff', 'ff00'].map(hex)
    for (const [i, a] of sorted.entries()) {
      for (const [j, b] of sorted.entries()) {
        assert.equal(Math.sign(compareBytes(a, b)), Math.sign(i - j))
        assert.equal(equalBytes(a, b), i === j)
      }
    }
  })

  it('joins parts', () => {
    assert.equal(toHex(concat(hex('01'), hex(''), hex('0203'))), '010203')
    assert.equal(concat().length, 0)
  })
})
