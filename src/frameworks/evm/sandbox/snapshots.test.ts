import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import { testFolder } from '../../../testing/folder.ts'
import { Snapshots } from './snapshots.ts'

function setUp(t: TestContext) {
  const { path: folder, remove } = testFolder()
  t.after(remove)
  const damaged: string[] = []
  const onDamaged = (path: string) => void damaged.push(path)
  const snapshots = new Snapshots({ folder, stateBytesMax: 10_000 }, { onDamaged })
  const save = (text: string) => snapshots.save(gzipSync(text))
  const read = async (skip = 0) => (await snapshots.read(skip))?.state.toString()
  const newest = () => join(folder, names().at(-1) ?? '')
  const names = () => readdirSync(folder).toSorted()
  return { snapshots, folder, save, read, newest, names, damaged }
}

describe('Snapshots', () => {
  it('has none at first, then the newest, and keeps the one before it', async (t) => {
    const { snapshots, save, read, names } = setUp(t)
    assert.deepEqual([await read(), await snapshots.isThere()], [undefined, false])
    for (const text of ['one', 'two', 'three']) await save(text)
    assert.deepEqual([await read(), await read(1), await read(2)], ['three', 'two', undefined])
    assert.equal(names().length, 2)
    assert.equal((await snapshots.read())?.number, 3)
  })

  it('falls back to the one before where one is damaged, says so, and goes on', async (t) => {
    const { snapshots, save, read, newest, damaged } = setUp(t)
    await save('one')
    await save('two')
    const bytes = readFileSync(newest())
    bytes[12] = (bytes[12] ?? 0) ^ 1
    writeFileSync(newest(), bytes)
    assert.equal(await read(), 'one')
    assert.match(damaged[0] ?? '', /0000000002-[0-9a-f]{32}\.gz\.damaged$/)
    await save('three')
    assert.deepEqual([await read(), await read(1)], ['three', 'one'])
    assert.equal(damaged.length, 1)
    assert.equal(await snapshots.isThere(), true)
  })

  it('knows a chain whose every snapshot is damaged from one that is new', async (t) => {
    const { snapshots, save, read, newest } = setUp(t)
    await save('one')
    writeFileSync(newest(), '')
    assert.equal(await read(), undefined)
    assert.equal(await snapshots.isThere(), true)
  })

  it('takes nothing that unpacks to more than a chain may be', async (t) => {
    const { save, read } = setUp(t)
    await save('x'.repeat(20_000))
    assert.equal(await read(), undefined)
  })

  it('leaves no draft where it could not be written', async (t) => {
    const { folder, save, names } = setUp(t)
    rmSync(folder, { recursive: true })
    writeFileSync(folder, 'no folder')
    await assert.rejects(save('one'))
    rmSync(folder)
    await save('one')
    assert.equal(names().length, 1)
  })
})
