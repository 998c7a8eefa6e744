import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { collect, inChunks } from '../../testing/chunks.ts'
import { ndjsonRows } from './ndjson-rows.ts'
import { rowBytesMax } from './row.ts'

const read = (text: string, size = 3) => collect(ndjsonRows(inChunks(text, size), 'in.ndjson'))
const rejects = (text: string, message: RegExp) =>
  assert.rejects(read(text), { code: 'INPUT_ROW_INVALID', message })

describe('ndjsonRows', () => {
  it('gives a row a line, whatever the chunks and line ends', async () => {
    for (const size of [1, 2, 7, 1000]) {
      const rows = await read('{"a": 1}\r\n\n  \n[2, "ü"]\n3', size)
      assert.deepEqual(
        rows.map(({ number, text }) => [number, text]),
        [
          [1, '{"a":1}'],
          [2, '[2,"ü"]'],
          [3, '3'],
        ],
      )
    }
    assert.deepEqual(await read(''), [])
    assert.deepEqual(await read('\n\n'), [])
  })

  it('names row and line of what is wrong', async () => {
    await rejects('{"a":1}\n\n{"a":}\n', /^in\.ndjson, row 2 \(line 3\): .*column 6/)
    await rejects('{"a":1,"a":2}', /row 1 \(line 1\): .*same key twice/)
    await rejects('{"__proto__":1}', /__proto__/)
    await rejects('{"a":123456789012345678901}', /would change/)
    await rejects('{"a":1} {"a":2}', /row 1/)
    await rejects('["\ud800"]'.replace('\ud800', '\\ud800'), /surrogate/)
  })

  it('refuses bytes that are not UTF-8', async () => {
    async function* bytes() {
      yield Uint8Array.of(0x22, 0xff, 0x22)
    }
    await assert.rejects(collect(ndjsonRows(bytes(), 'in')), /UTF-8/)
  })

  it('holds no more of an endless line than a row may have', async () => {
    let given = 0
    async function* endless() {
      for (; ; given += 65_536) yield new Uint8Array(65_536).fill(0x20)
    }
    await assert.rejects(collect(ndjsonRows(endless(), 'in')), /longer than/)
    assert.ok(given <= rowBytesMax + 2 * 65_536)
  })
})
