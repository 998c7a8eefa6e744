import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JsonObject } from '../../../kernel/json.ts'
import { endpoints } from './endpoints.ts'
import { noticeText, replyText, requestTexts, valueText } from './mac-text.ts'

const named = { userCode: 'U', appCode: 'A' }
const textsOf = (fields: readonly string[], body: JsonObject, allOrdersMax = 6) => [
  ...requestTexts(named, { fields, body }, { allOrdersMax }),
]

describe('texts of macs', () => {
  it('join values as the protocol says', () => {
    assert.equal(valueText('ü"'), 'ü"')
    assert.equal(valueText(12), '12')
    assert.equal(valueText(true), 'true')
    assert.equal(valueText([1, 'a', null, ['b']]), '1ab')
    assert.equal(valueText(null) + valueText(undefined) + valueText({}) + valueText([]), '')
    assert.equal(replyText(-1, 'no', null), '-1no')
    assert.equal(replyText(0, 'ok', { a: 1, list: [{ x: 'y', z: 2 }] }), '0ok1y2')
    assert.equal(noticeText(named, { a: 'b', n: 3 }), 'UAb3')
  })

  it('are those of listed members, in their order, whatever else a request has', () => {
    const { fields } = endpoints['node/getTransaction']
    const body = { encryptionValue: 'what Java adds', dataType: 'json', txId: 'ab' }
    assert.deepEqual(textsOf(fields, body), ['UAabjson'])
    assert.deepEqual(textsOf(fields, { txId: 'ab' }), ['UAab'])
    assert.deepEqual(textsOf([], { anything: 1 }), ['UA'])
  })

  it('have a block number that Java left out, as 0 and as nothing', () => {
    const { fields } = endpoints['node/getBlockInfo']
    assert.deepEqual(textsOf(fields, { txId: 'ab' }), ['UA0ab', 'UAab'])
    assert.deepEqual(textsOf(fields, { txId: 'ab', blockNumber: 7 }), ['UA7ab'])
  })

  it('have the keys of a map in each order that Go may have signed them in', () => {
    const map = (...names: string[]) => ({
      transientData: Object.fromEntries(names.map((name) => [name, '.'])),
    })
    const fields = ['transientData']
    assert.deepEqual(textsOf(fields, map('a', 'b')), ['UAa.b.', 'UAb.a.'])
    const three = textsOf(fields, map('a', 'b', 'c'))
    assert.equal(three[0], 'UAa.b.c.')
    assert.equal(new Set(three).size, 6)
    // Keys that look like numbers lose their order when JSON is read: all orders are tried.
    assert.ok(textsOf(fields, map('b', '10', '2')).includes('UAb.10.2.'))
    assert.equal(new Set(textsOf(fields, map('a', 'b', 'c', 'd', 'e', 'f'))).size, 720)
    const seven = textsOf(fields, map('a', 'b', 'c', 'd', 'e', 'f', 'g'))
    assert.equal(seven.length, 7)
    assert.ok(seven.includes('UAc.d.e.f.g.a.b.'))
    assert.equal(textsOf(fields, map('a', 'b', 'c', 'd', 'e'), 4).length, 5)
  })
})
