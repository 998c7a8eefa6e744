import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { after, describe, it } from 'node:test'
import { collect } from '../../testing/chunks.ts'
import { testFolder } from '../../testing/folder.ts'
import { type InputOptions, openInput, readRows } from './input.ts'

const none = Readable.from([])
const open = (path: string, more: Partial<InputOptions> = {}) =>
  openInput({ path, format: undefined, ...more }, none)

describe('openInput', () => {
  const folder = testFolder()
  after(folder.remove)

  it('finds out the format, counts the rows and hashes the bytes', async () => {
    const cases: [string, string, string, number][] = [
      ['a.csv', 'id\n1\n2\n', 'csv', 2],
      ['b.ndjson', '[1]\n[2]\n', 'ndjson', 2],
      ['c.jsonl', '{"a":1}', 'ndjson', 1],
      ['d.json', ' [{"a":1},{"a":2},3]', 'json', 3],
      ['e.json', '{"a":1}\n{"a":2}', 'ndjson', 2],
      ['f.txt', 'id,name\n1,x\n', 'csv', 1],
      ['g.json', '\ufeff[1]', 'json', 1],
      ['h.json', '', 'ndjson', 0],
    ]
    for (const [name, text, format, rows] of cases) {
      const { input } = await open(folder.file(name, text))
      assert.deepEqual([input.name, input.format, input.rows], [name, format, rows], name)
      const hash = createHash('sha256').update(text).digest()
      assert.deepEqual(Buffer.from(input.sha256), hash, name)
      assert.equal((await collect(readRows(input))).length, rows, name)
    }
  })

  it('takes the format it is told', async () => {
    const path = folder.file('odd.json', 'a\n1\n')
    assert.equal((await open(path, { format: 'csv' })).input.rows, 1)
  })

  it('leaves a byte order mark out of the first row', async () => {
    const { input } = await open(folder.file('mark.csv', '\ufeffid\n1\n'))
    assert.equal((await collect(readRows(input)))[0]?.text, '{"id":"1"}')
  })

  it('keeps a copy of standard input while it is needed', async () => {
    const stdin = Readable.from([Buffer.from('[1,'), Buffer.from('2]')])
    const { input, remove } = await openInput({ path: '-', format: undefined }, stdin)
    assert.deepEqual([input.name, input.rows], ['standard input', 2])
    assert.equal((await collect(readRows(input))).length, 2)
    await remove()
    assert.equal(existsSync(dirname(input.path)), false)
  })

  it('looks at each row, and says what is wrong before anything is sent', async () => {
    const seen: number[] = []
    await open(folder.file('rows.json', '[5,6]'), { check: ({ number }) => void seen.push(number) })
    assert.deepEqual(seen, [1, 2])
    await assert.rejects(open(folder.file('bad.csv', 'a,b\n1\n')), { code: 'INPUT_ROW_INVALID' })
  })

  it('refuses what is no file, or nothing it knows', async () => {
    await assert.rejects(open(folder.file('absent')), { code: 'FILE_NOT_FOUND' })
    await assert.rejects(open(folder.path), { code: 'FILE_UNUSABLE', message: /folder/ })
    const binary = folder.file('x.bin', Uint8Array.of(1, 0, 2, 44))
    await assert.rejects(open(binary), { code: 'INPUT_FORMAT_UNKNOWN' })
    await assert.rejects(open(folder.file('x.txt', 'words')), { code: 'INPUT_FORMAT_UNKNOWN' })
  })

  it('notices a file that changes between its two readings', async () => {
    const path = folder.file('moving.json', '[1,2]')
    const { input } = await open(path)
    writeFileSync(path, '[1,3]')
    await assert.rejects(collect(readRows(input)), { code: 'FILE_UNUSABLE', message: /changed/ })
  })
})
