import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isCodedError } from '@openbsn/sdk'
import type { Prng } from '../testing/prng.ts'
import { testPrng } from '../testing/seed.ts'
import { parseJson, parseJsonItems } from './json.ts'

const refusal = (text: string | Uint8Array, limits = {}) => {
  try {
    parseJson(text, limits)
  } catch (error) {
    return isCodedError(error) ? error.code : error
  }
  return undefined
}
const sameAs = (text: string) =>
  assert.equal(JSON.stringify(parseJson(text)), JSON.stringify(JSON.parse(text)), text)

describe('parseJson', () => {
  it('reads what JSON.parse reads', () => {
    for (const text of [
      ...['0', '-0', '-1.5e3', '1e21'.replace('21', '3'), '0.1', 'true', 'null', '""', '[]', '{}'],
      ...['"\\u00e9\\ud83d\\ude00\\n\\/\\"\\\\"', ' [ 1 , { "a" : [ ] } ] \r\n\t', '"é😀"'],
      ...['9007199254740991', '-9007199254740991', '0.30000000000000004', '5e-324', '1.0', '1E2'],
      ...['{"constructor":1,"prototype":{},"toString":2,"0":3,"":4}', '1.7976931348623157e-5'],
    ]) {
      sameAs(text)
    }
  })

  it('agrees with JSON.parse on random documents', () => {
    const prng = testPrng()
    for (let round = 0; round < 500; round++) {
      const text = JSON.stringify(randomValue(prng, 0), undefined, prng.int(0, 2))
      assert.doesNotThrow(() => sameAs(text), `seed ${prng.seed}, round ${round}`)
    }
  })

  it('refuses whatever JSON.parse refuses, after any one character is changed', () => {
    const prng = testPrng()
    for (let round = 0; round < 2000; round++) {
      const text = JSON.stringify(randomValue(prng, 0))
      const at = prng.int(0, text.length - 1)
      const broken =
        text.slice(0, at) + '"\\{}[],:x0-.e\u0001'[prng.int(0, 13)] + text.slice(at + 1)
      if (!broken.isWellFormed()) continue // Half of an emoji: not a text at all.
      let isJson = true
      try {
        JSON.parse(broken)
      } catch {
        isJson = false
      }
      const told = `seed ${prng.seed}, round ${round}: ${broken}`
      if (!isJson) assert.notEqual(refusal(broken), undefined, told)
      else if (refusal(broken) === undefined) assert.doesNotThrow(() => sameAs(broken), told)
      else assert.notEqual(refusal(broken), 'JSON_MALFORMED', told)
    }
  })
})

describe('parseJsonItems', () => {
  const read = (text: string, itemsMax = 10, limits = {}) =>
    parseJsonItems(Buffer.from(text), { itemsMax, ...limits })

  it('gives each item with its own text, as parseJson reads it by itself', () => {
    const prng = testPrng()
    for (let round = 0; round < 500; round++) {
      const values = Array.from({ length: prng.int(0, 5) }, () => randomValue(prng, 0))
      const texts = values.map((value) => JSON.stringify(value, undefined, prng.int(0, 2)))
      const items = read(` [ ${texts.join(' , ')} ] `)
      const told = `seed ${prng.seed}, round ${round}`
      assert.deepEqual(
        items.map(({ raw }) => Buffer.from(raw).toString()),
        texts,
        told,
      )
      for (const { value, raw } of items) assert.deepEqual(value, parseJson(raw), told)
    }
  })

  it('holds the limits for each item, and reads one more than may be', () => {
    assert.equal(read('[1,2,3]', 3).length, 3)
    assert.equal(read('[1,2,3,4', 3).length, 4)
    assert.equal(read('[[1,2],[1,2]]', 3, { valuesMax: 3, depthMax: 1 }).length, 2)
    const refused = (text: string, code: string, limits = {}) =>
      assert.throws(() => read(text, 3, limits), { code })
    refused('[[1,2,3]]', 'JSON_TOO_MANY_VALUES', { valuesMax: 3 })
    refused('[[[1]]]', 'JSON_TOO_DEEP', { depthMax: 1 })
    for (const text of ['', '{}', '1', '[', '[1', '[1,]', '[,1]', '[1]x', '[1 2]', '[1}']) {
      refused(text, 'JSON_MALFORMED')
    }
  })
})

describe('parseJson, on hostile text', () => {
  it('gives objects that inherit nothing', () => {
    const value = parseJson('{"a":{"b":1}}') as Record<string, Record<string, unknown>>
    assert.equal(value.toString, undefined)
    assert.equal('constructor' in value, false)
    assert.equal(value.a?.hasOwnProperty, undefined)
  })

  it('refuses with one code for each reason', () => {
    const cases: Record<string, string[]> = {
      JSON_MALFORMED: [
        ...['', ' ', '{', '[', '[1,]', '{"a":1,}', '{"a"}', '{a:1}', "'a'", '01', '1.', '.5', '+1'],
        ...['1 2', '[1]x', 'nul', 'NaN', 'Infinity', '"\t"', '"\\x"', '"\\u12g4"', '-', '1e', '//'],
        ...[
          '"\\ud800"',
          '"\\udc00\\ud800"',
          '"\ud800"',
          '"abc',
          '\ufeff1',
          '[1 2]',
          '{"a":1 "b":2}',
        ],
      ],
      JSON_DUPLICATE_KEY: [
        '{"a":1,"a":2}',
        '{"a":1,"\\u0061":2}',
        '[{"":1,"":1}]',
        '{"1":1,"1":1}',
      ],
      JSON_KEY_FORBIDDEN: ['{"__proto__":1}', '[{"a":{"\\u005f_proto__":{}}}]'],
      JSON_NUMBER: [
        ...['1e400', '-1e400', '9007199254740992', '-9007199254740993', '123456789012345678901'],
        ...['1e-400', '0.1234567890123456789', '1e16', '9007199254740993.0', '1e99999999999'],
      ],
      JSON_TOO_DEEP: ['['.repeat(65) + ']'.repeat(65), '{"a":'.repeat(100_000), '['.repeat(1e6)],
    }
    for (const [code, texts] of Object.entries(cases)) {
      for (const text of texts) assert.equal(refusal(text), code, text.slice(0, 60))
    }
    assert.equal(refusal(Uint8Array.of(0x22, 0xff, 0x22)), 'JSON_MALFORMED')
    assert.equal(refusal(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)), 'JSON_MALFORMED')
    assert.equal(refusal('[1,2,3]', { valuesMax: 3 }), 'JSON_TOO_MANY_VALUES')
    assert.equal(refusal('[1,2,3]', { valuesMax: 4 }), undefined)
    assert.equal(refusal('['.repeat(64) + ']'.repeat(64)), undefined)
  })

  it('says where', () => {
    assert.throws(() => parseJson('{\n  "a": 1,\n  "a": 2\n}'), {
      message: 'JSON, line 3, column 3: the same key twice in an object.',
      details: { offset: 14, line: 3, column: 3 },
    })
  })

  it('ends soon on bombs of 10 MB, and takes little memory', () => {
    const size = 10_000_000
    for (const text of [
      '['.repeat(size),
      '{"a":'.repeat(size / 5),
      '9'.repeat(size),
      `0.${'01'.repeat(size / 2)}`,
      `"${'\\u0000'.repeat(size / 6)}`,
      `[${'[],'.repeat(size / 3)}`,
      ' '.repeat(size),
      '\n'.repeat(size),
    ]) {
      const before = process.memoryUsage()
      const start = process.threadCpuUsage()
      assert.notEqual(refusal(text, { valuesMax: 100_000 }), undefined)
      const { user, system } = process.threadCpuUsage(start)
      const tookMs = (user + system) / 1000
      // Of the processor; 0.1 s on an idle machine, the rest is room for a slow one.
      assert.ok(tookMs < 1000, `${text.slice(0, 8)}: ${tookMs} ms`)
      const grown = process.memoryUsage().rss - before.rss
      assert.ok(grown < 50e6, `${text.slice(0, 8)}: grew by ${grown} bytes`)
    }
  })
})

function randomValue(prng: Prng, depth: number): unknown {
  const kind = prng.int(0, depth > 4 ? 4 : 6)
  if (kind === 0) return prng.int(-1000, 1000)
  if (kind === 1) return prng.int(1, 1_000_000) / 7
  if (kind === 2) return prng.int(0, 1) === 1 ? true : null
  if (kind <= 4) return randomText(prng)
  const items = Array.from({ length: prng.int(0, 4) }, () => randomValue(prng, depth + 1))
  if (kind === 5) return items
  return Object.fromEntries(items.map((item, i) => [`${randomText(prng)}${i}`, item]))
}

function randomText(prng: Prng): string {
  const letters = ['a', '"', '\\', '\n', 'é', '😀', '/', '\u0007', ' ', '0']
  return Array.from({ length: prng.int(0, 6) }, () => letters[prng.int(0, 9)]).join('')
}
