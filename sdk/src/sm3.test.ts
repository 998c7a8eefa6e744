import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { it } from 'node:test'
import { toHex, utf8 } from './bytes.ts'
import { sm3 } from './sm3.ts'

it('SM3 is that of the standard, GB/T 32905, appendix A', () => {
  const short = '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0'
  const long = 'debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732'
  assert.equal(toHex(sm3(utf8('abc'))), short)
  assert.equal(toHex(sm3(utf8('abcd'.repeat(16)))), long)
})

it('SM3 is that of OpenSSL at every length around a block, whole and in parts', () => {
  for (let length = 0; length < 200; length++) {
    const message = Uint8Array.from({ length }, (_, i) => i * 7 + length)
    const expected = createHash('sm3').update(message).digest('hex')
    assert.equal(toHex(sm3(message)), expected, `${length}`)
    const cut = length >> 1
    assert.equal(toHex(sm3(message.subarray(0, cut), message.subarray(cut))), expected)
  }
})
