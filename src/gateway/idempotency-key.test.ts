import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readIdempotencyKey, requestKeyOf } from './idempotency-key.ts'

type Request = Parameters<typeof requestKeyOf>[0]
type Reply = Parameters<typeof requestKeyOf>[1]

function told(header: string | undefined) {
  const answer: Record<string, unknown> = {}
  const reply = {
    header: (name: string, value: unknown) => Object.assign(answer, { [name]: value }),
  }
  const headers = header === undefined ? {} : { 'idempotency-key': header }
  const key = requestKeyOf({ headers } as Request, reply as unknown as Reply)
  return { key, header: answer['idempotency-key'] }
}

describe('an Idempotency-Key', () => {
  it('is the same, bare or in quotes', () => {
    const uuid = '8e03978e-40d5-43dd-bc93-6894a57f9324'
    assert.equal(readIdempotencyKey(uuid), uuid)
    assert.equal(readIdempotencyKey(`"${uuid}"`), uuid)
    assert.equal(readIdempotencyKey('"a \\"b\\" \\\\ c, d"'), 'a "b" \\ c, d')
    assert.equal(readIdempotencyKey('!#$%&()*+-./:;<=>?@[]^_`{|}~'), '!#$%&()*+-./:;<=>?@[]^_`{|}~')
    assert.equal(readIdempotencyKey('x'.repeat(255)).length, 255)
  })

  it('is refused where two readers could differ, or where it is too long', () => {
    const long = 'x'.repeat(256)
    const wrong = ['', '""', '"', 'a b', 'a, b', '"a", "b"', '"a', 'a"', '"\\a"', 'ä', 'a\tb', long]
    for (const header of [...wrong, `"${long}"`, '"a"b', '\\']) {
      const error = { code: 'IDEMPOTENCY_KEY_INVALID' }
      assert.throws(() => readIdempotencyKey(header), error, header)
    }
  })

  it('is in the answer as it can be sent again, and made where there was none', () => {
    assert.deepEqual(told('"abc"'), { key: 'abc', header: 'abc' })
    assert.deepEqual(told('"a \\"b\\\\"'), { key: 'a "b\\', header: '"a \\"b\\\\"' })
    const [one, two] = [told(undefined), told(undefined)]
    assert.match(one.key, /^[0-9a-f-]{36}$/)
    assert.equal(one.header, one.key)
    assert.notEqual(one.key, two.key)
  })
})
