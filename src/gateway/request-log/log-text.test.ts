import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { apiKeyOf } from '../../testing/access.ts'
import { maskPath, maskText, textBytesMax } from './log-text.ts'

const key = apiKeyOf('c1')
const whole = (text: string) => maskText(text, Buffer.byteLength(text))

describe('the text of a body', () => {
  it('is kept as it is, up to its bound, without half a character', () => {
    assert.deepEqual(whole('{"a":1}'), { bytes: 7, text: '{"a":1}' })
    assert.deepEqual(maskText(Buffer.from('好'), 3), { bytes: 3, text: '好' })
    const long = '好'.repeat(2000)
    const { bytes, text = '', note } = whole(long)
    assert.deepEqual([bytes, note], [6000, 'cut'])
    assert.ok(Buffer.byteLength(text) <= textBytesMax && text.length === 1365)
    assert.doesNotMatch(text, /\uFFFD/)
    // The beginning alone was looked at.
    assert.deepEqual(maskText('{"a', 10), { bytes: 10, text: '{"a', note: 'cut' })
  })

  it('has no API key and no secret of a webhook, whole or cut off', () => {
    const secret = `whsec_${'Ab+/'.repeat(10)}abc=`
    const { text } = whole(`{"key":"${key}","secret":"${secret}","was":"${key.slice(0, 30)}`)
    assert.equal(text, '{"key":"live_***","secret":"whsec_***","was":"live_***')
    const short = '{"a":"live_show","b":"test_1"}'
    assert.equal(whole(short).text, short)
  })

  it('is not kept where escapes hide a key, or where a password is a parameter', () => {
    const escaped = key.replace('live_', 'l\\u0069ve\\u005f')
    assert.deepEqual(whole(`{"a":"${escaped}"}`).note, 'hidden')
    const call = '{"method":"personal_unlockAccount","params":["0x1","pass"]}'
    const { text, note } = whole(call)
    assert.deepEqual([text, note], [undefined, 'hidden'])
    assert.equal(whole('{"a":"\\u597d"}').text, '{"a":"\\u597d"}')
  })
})

describe('a path', () => {
  it('has no key, in whichever place and however it is escaped', () => {
    assert.equal(maskPath(`/api/${key}/coin/rpc?a=1`, 2), '/api/***/coin/rpc?a=1')
    assert.equal(maskPath(`/api/project/coin/rpc`, 2), '/api/***/coin/rpc')
    assert.equal(maskPath(`/a?x=${key}`), '/a?x=live_***')
    for (const under of ['%5f', '%5F', '%255F', '%25255f']) {
      const path = maskPath(`/a/${key.replace('_', under)}/b`)
      assert.equal(path, '/***', under)
    }
  })

  it('says nothing of a subject, nor of what is named as a secret is', () => {
    assert.equal(maskPath('/x/subjects/ann@example.org?a'), '/x/subjects/***?a')
    const masked = '/x?key=order&access_token=***&b=1&apikey=***'
    assert.equal(maskPath('/x?key=order&access_token=abc&b=1&apikey=d'), masked)
  })

  it('is bounded', () => {
    assert.equal(Buffer.byteLength(maskPath(`/${'a'.repeat(5000)}`)), 1024)
  })
})
