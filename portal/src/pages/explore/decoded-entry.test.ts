import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encodeCbor, Tagged, utf8 } from '@openbsn/sdk'
import { actOf, hexDump, plain, readPayload, sentenceFields } from './decoded-entry.ts'

describe('what an entry says', () => {
  it('is an act only where a module is spoken to', () => {
    const contentType = 'application/vnd.openbsn.service-create+cbor'
    assert.equal(actOf({ contentType, service: 'bsn:services' }), 'service-create')
    assert.equal(actOf({ contentType, service: 'flights' }), undefined)
    assert.equal(actOf({ contentType: 'text/plain', service: 'bsn:services' }), undefined)
  })

  it('is shown as JSON, with bytes in hex', () => {
    const value = new Map<string, number | Uint8Array | Tagged>([
      ['expect', 2],
      ['key', new Uint8Array([1, 255])],
      ['t', new Tagged(18, [1])],
    ])
    const shown = { expect: 2, key: '01ff', t: { tag: 18, value: [1] } }
    assert.deepEqual(plain(value), shown)
    assert.deepEqual(readPayload(encodeCbor(value), 'application/x+cbor').fields, shown)
    assert.deepEqual(readPayload(utf8('{"a":1}'), 'application/json').fields, { a: 1 })
  })

  it('stays bytes where it is broken, whatever it claims to be', () => {
    for (const type of ['application/json', 'application/x+cbor', 'text/plain']) {
      const payload = readPayload(new Uint8Array([0xff, 0x7b]), type)
      assert.deepEqual([payload.fields, payload.text], [undefined, undefined])
    }
  })

  it('has texts for sentences', () => {
    assert.deepEqual(sentenceFields({ id: 'x', n: 1, list: ['a'] }), {
      id: 'x',
      n: '1',
      list: '["a"]',
    })
    assert.deepEqual(sentenceFields('x'), {})
  })

  it('is dumped 16 bytes a row', () => {
    const dump = hexDump(utf8('0123456789abcdefX\n')).split('\n')
    assert.equal(dump.length, 2)
    assert.match(dump[0] ?? '', /^000000 {2}30 31 .* {2}38 39 .*66 {2}0123456789abcdef$/)
    assert.match(dump[1] ?? '', /^000010 {2}58 0a +X·$/)
  })
})
