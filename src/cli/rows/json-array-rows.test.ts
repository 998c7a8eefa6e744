import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { collect, inChunks } from '../../testing/chunks.ts'
import { testPrng } from '../../testing/seed.ts'
import { jsonArrayRows } from './json-array-rows.ts'

const read = (text: string, size = 3) => collect(jsonArrayRows(inChunks(text, size), 'in.json'))
const rejects = (text: string, message: RegExp) =>
  assert.rejects(read(text), { code: 'INPUT_ROW_INVALID', message })

describe('jsonArrayRows', () => {
  it('gives the elements, whatever brackets and quotes their texts hold', async () => {
    const elements = [{ a: '],[{"\\' }, [1, [2, '}']], 'x,y', 5, null, { b: { c: [] } }, '']
    for (const size of [1, 2, 5, 1000]) {
      const rows = await read(` ${JSON.stringify(elements, null, 1)}\n`, size)
      assert.deepEqual(
        rows.map(({ text }) => text),
        elements.map((one) => JSON.stringify(one)),
      )
      assert.deepEqual(
        rows.map(({ number }) => number),
        [1, 2, 3, 4, 5, 6, 7],
      )
    }
    assert.deepEqual(await read('[ ]'), [])
    assert.deepEqual(await read(' [] '), [])
  })

  it('reads every array as JSON.parse does', async () => {
    const prng = testPrng()
    const value = (depth: number): unknown => {
      const kind = prng.int(0, depth > 3 ? 2 : 4)
      if (kind === 0) return prng.int(-1000, 1000)
      if (kind === 1) return '"[]{},\\:a'.slice(prng.int(0, 8))
      if (kind === 2) return prng.int(0, 1) === 1
      const items = Array.from({ length: prng.int(0, 3) }, () => value(depth + 1))
      return kind === 3 ? items : Object.fromEntries(items.map((item, i) => [`k${i}`, item]))
    }
    for (let round = 0; round < 200; round++) {
      const array = Array.from({ length: prng.int(0, 4) }, () => value(0))
      const text = JSON.stringify(array, null, prng.int(0, 2))
      const rows = await read(text, prng.int(1, 9))
      const found = `[${rows.map((row) => row.text).join(',')}]`
      assert.equal(found, JSON.stringify(array), `seed ${prng.seed}, round ${round}`)
    }
  })

  it('names the row of what is wrong', async () => {
    await rejects('{"a":1}', /row 1: the input does not begin with "\["/)
    await rejects('', /row 1: the array is not closed/)
    await rejects('[1,2', /row 2: the array is not closed/)
    await rejects('[1,{"a":"x', /row 2: the array is not closed/)
    await rejects('[1,,2]', /row 2: an element is missing/)
    await rejects('[1,]', /row 2: an element is missing/)
    await rejects('[,1]', /row 1: an element is missing/)
    await rejects('[1] 2', /row 1: text follows/)
    await rejects('[1,{"a" 1}]', /row 2: JSON/)
    await rejects('[1 2]', /row 1: JSON/)
    await rejects('[{"a":1]', /row 1/)
    await rejects(`[${'['.repeat(70)}${']'.repeat(70)}]`, /row 1: .*nested/)
    const long = read(`["${'x'.repeat(1024 * 1024)}"]`, 100_000)
    await assert.rejects(long, { code: 'INPUT_ROW_INVALID', message: /row 1: it is longer than/ })
  })
})
