import assert from 'node:assert/strict'
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { describe, it } from 'node:test'
import { testFolder } from '../testing/folder.ts'
import { readBytes, readSecretFile, requireWritable, writeWhole } from './files.ts'

describe('files', () => {
  it('are written whole, with their mode, and never over another unless told', async (t) => {
    const { file, path, remove } = testFolder()
    t.after(remove)
    await writeWhole(file('a'), 'one', { secret: true })
    assert.equal(statSync(file('a')).mode & 0o777, 0o600)
    await assert.rejects(writeWhole(file('a'), 'two'), { code: 'FILE_EXISTS' })
    assert.equal(readFileSync(file('a'), 'utf8'), 'one')
    await writeWhole(file('a'), 'two', { force: true })
    assert.equal(readFileSync(file('a'), 'utf8'), 'two')
    assert.deepEqual(readdirSync(path), ['a'])
    await assert.rejects(writeWhole(file('no/folder'), ''), { code: 'FILE_NOT_FOUND' })
  })

  it('tell beforehand that they cannot be written', async (t) => {
    const { file, remove } = testFolder()
    t.after(remove)
    file('a', 'x')
    await requireWritable(file('b'))
    await requireWritable(file('a'), { force: true })
    await assert.rejects(requireWritable(file('a')), { code: 'FILE_EXISTS' })
    await assert.rejects(requireWritable(file('no/folder')), { code: 'FILE_UNUSABLE' })
  })

  it('with secrets are read only where nobody else can', async (t) => {
    const { file, remove } = testFolder()
    t.after(remove)
    file('key', 'secret')
    assert.equal(await readSecretFile(file('key')), 'secret')
    for (const mode of [0o640, 0o604, 0o660]) {
      chmodSync(file('key'), mode)
      await assert.rejects(readSecretFile(file('key')), { code: 'SECRET_FILE_EXPOSED' })
    }
  })

  it('are missing, or no files, in words', async (t) => {
    const { file, path, remove } = testFolder()
    t.after(remove)
    await assert.rejects(readBytes(file('absent')), { code: 'FILE_NOT_FOUND' })
    await assert.rejects(readBytes(path), { code: 'FILE_UNUSABLE', message: /EISDIR/ })
  })
})
