import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { collect, inChunks } from '../../testing/chunks.ts'
import { csvRows } from './csv-rows.ts'

const read = (text: string, size = 3) => collect(csvRows(inChunks(text, size), 'in.csv'))
const rejects = (text: string, message: RegExp) =>
  assert.rejects(read(text), { code: 'INPUT_ROW_INVALID', message })

describe('csvRows', () => {
  it('makes an object of texts of each row', async () => {
    for (const size of [1, 4, 1000]) {
      const rows = await read('id,"na""me"\r\n1,"a,\nü"\r\n\r\n2,\r\n', size)
      assert.deepEqual(
        rows.map(({ number, text }) => [number, text]),
        [
          [1, '{"id":"1","na\\"me":"a,\\nü"}'],
          [2, '{"id":"2","na\\"me":""}'],
        ],
      )
    }
    assert.deepEqual(await read(''), [])
    assert.deepEqual(await read('a,b\n'), [])
    assert.equal((await read('a\n007'))[0]?.text, '{"a":"007"}')
  })

  it('says in which row quotes are broken', async () => {
    await rejects('a,b\n1,2\n3,"4\n5,6\n', /^in\.csv, row 2: a quote is opened and never/)
    await rejects('a,b\n1,2\n3,"4"x\n', /row 2 \(line 3\): text follows a closing quote/)
    await rejects('a,b\n1,2\n3,4"5\n', /row 2 \(line 3\): a quote stands in the middle/)
  })

  it('says in which row cells are missing or too many', async () => {
    await rejects('a,b\n1,2\n3\n', /row 2 \(line 3\): it has more or fewer cells/)
    await rejects('a,b\n1,2,3\n', /row 1 \(line 2\): it has more or fewer cells/)
  })

  it('refuses a head that names no columns', async () => {
    await rejects('a,a\n1,2\n', /row 0 \(line 1\): two columns are named "a"/)
    await rejects('a,\n1,2\n', /a column has no name/)
    await rejects('__proto__\n1\n', /__proto__/)
  })

  it('refuses bytes that are not UTF-8, and rows without end', async () => {
    async function* bytes() {
      yield Buffer.from('a\nx')
      yield Uint8Array.of(0xff, 0x0a)
    }
    await assert.rejects(collect(csvRows(bytes(), 'in')), /not UTF-8/)
    const long = read(`a\n"${'x'.repeat(1024 * 1024 + 10)}"\n`, 100_000)
    await assert.rejects(long, { code: 'INPUT_ROW_INVALID', message: /longer than/ })
  })

  it('ends its source where the reader leaves early', async () => {
    let ended = false
    async function* endless() {
      try {
        for (;;) yield Buffer.from('a\n')
      } finally {
        ended = true
      }
    }
    for await (const _ of csvRows(endless(), 'in')) break
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(ended, true)
  })
})
