import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FastifyRequest } from 'fastify'
import { seen, trailBody, trailJson } from './request-trail.ts'

function trailed(text: string) {
  const request = {} as FastifyRequest
  trailJson(request, Buffer.from(text))
  return request.trail?.isPrivate
}

describe('bodies of JSON', () => {
  it('may be private where the member is, also in what is broken', () => {
    for (const text of [
      '{"value":1,"private":{"subject":"s"}}',
      '{"records":[{"value":1},{"value":2,"private" : {}}]',
      "{'value': 1, 'private': {'subject': 's'}}",
      '{value: 1, private: {}}',
      '{"value":1,"\\u0070rivate":{"subject":"s"}}',
      '{"value":1,"p\\u0072iv\\u0061te":{"subject":"s"}}',
    ]) {
      assert.equal(trailed(text), true, text)
    }
  })

  it('are none where the word is just a word, or the script is another one', () => {
    for (const text of ['{"value":"a private jet"}', '{"value":"\\u597d\\u00e9"}', '{}', '']) {
      assert.equal(trailed(text), false, text)
    }
  })

  it('are looked at to their end', () => {
    assert.equal(trailed(`{"a":"${'x'.repeat(100_000)}","private":{}}`), true)
  })
})

it('the beginning of a body is a copy, which keeps no large one in memory', () => {
  const large = Buffer.alloc(100_000, 'a')
  const { part, bytes } = seen(large)
  assert.equal(bytes, 100_000)
  assert.ok(Buffer.isBuffer(part) && part.buffer !== large.buffer && part.length < 5000)
  const { part: text } = seen('a'.repeat(100_000))
  assert.ok(text.length < 5000)
  const request = {} as FastifyRequest
  const body = Buffer.from('small')
  assert.equal(trailBody(request, body), body)
  assert.deepEqual(request.trail?.body, { part: body, bytes: 5 })
})
