import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { exampleOf, sampleOf } from './example.ts'

const schema = {
  type: 'object',
  properties: {
    key: { type: 'string' },
    size: { type: 'integer', minimum: 3 },
    kind: { enum: ['a', 'b'] },
    rows: { type: 'array', items: { anyOf: [{ type: 'boolean' }, {}] } },
  },
}

describe('exampleOf', () => {
  it('says who calls where the gateway asks, and has a body where one is read', () => {
    const path = '/api/v1/x'
    const get = { method: 'get', path, body: undefined }
    assert.equal(exampleOf({ ...get, isSecured: false }), 'curl "$GATEWAY/api/v1/x"')
    const secured = exampleOf({ ...get, method: 'delete', isSecured: true })
    assert.equal(
      secured,
      'curl -X DELETE "$GATEWAY/api/v1/x" \\\n  -H "authorization: Bearer $API_KEY"',
    )
    const post = { method: 'post', path, isSecured: false }
    const json = exampleOf({
      ...post,
      body: ['application/json', { ...schema, required: ['size'] }],
    })
    assert.match(
      json,
      /^curl "\S+" \\\n {2}-H 'content-type: application\/json' --data '\{"size":3\}'$/,
    )
    assert.match(exampleOf({ ...post, body: ['application/cose', {}] }), /--data-binary @FILE$/)
  })
})

describe('sampleOf', () => {
  it('fits the schema', () => {
    assert.deepEqual(sampleOf(schema), { key: 'text', size: 3 })
    assert.equal(sampleOf({ ...schema, examples: [7] }), 7)
    const required = ['key', 'size', 'kind', 'rows']
    assert.deepEqual(sampleOf({ ...schema, required }), {
      ...{ key: 'text', size: 3, kind: 'a', rows: [true] },
    })
  })
})
