import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fromBase64url, portableBase64url, toBase64url } from './base64url.ts'
import { utf8 } from './bytes.ts'

const ours = [{ encode: toBase64url, decode: fromBase64url }, portableBase64url]

describe('base64url', () => {
  it('writes the examples of RFC 4648, section 10, without padding', () => {
    const examples = { '': '', f: 'Zg', fo: 'Zm8', foo: 'Zm9v', foob: 'Zm9vYg', fooba: 'Zm9vYmE' }
    for (const { encode, decode } of ours) {
      for (const [plain, text] of Object.entries(examples)) {
        assert.equal(encode(utf8(plain)), text)
        assert.deepEqual(decode(text), utf8(plain))
      }
    }
  })

  it('takes every byte at every place of a group', () => {
    for (const { encode, decode } of ours) {
      for (let byte = 0; byte < 256; byte++) {
        for (const length of [1, 2, 3, 4]) {
          const bytes = new Uint8Array(length).fill(byte)
          const text = encode(bytes)
          assert.equal(text, Buffer.from(bytes).toString('base64url'))
          assert.deepEqual(decode(text), bytes)
        }
      }
    }
  })

  it('encodes only the view it is given', () => {
    const view = utf8('before-foo-after').subarray(7, 10)
    for (const { encode } of ours) assert.equal(encode(view), 'Zm9v')
  })

  it('refuses every other text for the same bytes', () => {
    const stray = ['Zh', 'Zm9', 'Zm8B'.slice(0, 3), 'Zm9vYh', '_x', 'A']
    const forms = ['Zg==', 'Zg=', 'Z g', 'Zg\n', ' Zg', '+/8', 'Zm9v.', 'Zm9v\0', 'Zm9\u0176', '水']
    for (const { decode } of ours) {
      for (const text of [...stray.filter((one) => one !== 'Zm8'), ...forms]) {
        assert.equal(decode(text), undefined, JSON.stringify(text))
      }
    }
  })

  it('gives memory of its own, so that a later write elsewhere cannot reach it', () => {
    const bytes = fromBase64url('Zm9v') ?? assert.fail()
    assert.equal(bytes.buffer.byteLength, 3)
    assert.equal(Object.getPrototypeOf(bytes), Uint8Array.prototype)
  })
})
