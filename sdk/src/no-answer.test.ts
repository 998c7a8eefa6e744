import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { noAnswer } from './no-answer.ts'

const failed = (code: string) =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) })

describe('noAnswer', () => {
  it('tells a request that was never sent from one of unknown fate', () => {
    for (const [code, fate] of [
      ['ECONNREFUSED', 'not_sent'],
      ['ECONNRESET', 'unknown'],
    ] as const) {
      const { message, retryable, details } = noAnswer('http://a', failed(code))
      assert.match(message, /^No answer from http:\/\/a: is the network up/)
      assert.deepEqual([retryable, details], [true, { fate }])
    }
    assert.deepEqual(noAnswer('http://a', 'cut').details, { fate: 'unknown' })
  })

  it('names a certificate that is not trusted, and what to do; again would change nothing', () => {
    for (const code of ['DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_HAS_EXPIRED']) {
      const { message, retryable, details } = noAnswer('https://a', failed(code))
      assert.match(message, new RegExp(`^The certificate of https://a.*${code}.*NODE_EXTRA_CA`))
      assert.deepEqual([retryable, details], [false, { fate: 'not_sent' }])
    }
  })
})
