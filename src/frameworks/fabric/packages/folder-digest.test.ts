import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { testFolder } from '../../../testing/folder.ts'
import { fileDigest, folderDigest } from './folder-digest.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

describe('the digest of a folder', () => {
  it('is of names, contents and programs, and of nothing else', async () => {
    const folder = testFolder()
    try {
      const file = (name: string, text: string) => {
        writeFileSync(join(folder.path, name), text)
        return join(folder.path, name)
      }
      mkdirSync(join(folder.path, 'b'))
      const program = file('a.sh', '#!')
      chmodSync(program, 0o755)
      file('b/ä"', 'text')
      symlinkSync('../a.sh', join(folder.path, 'b/link'))
      const list = [
        `x ${sha256('#!')} "a.sh"\n`,
        'l "../a.sh" "b/link"\n',
        `- ${sha256('text')} "b/ä\\""\n`,
      ]
      const first = await folderDigest(folder.path)
      assert.equal(first.digest, sha256(list.join('')))
      assert.equal(first.files, 3)
      assert.equal(await fileDigest(program), sha256('#!'))
      utimesSync(program, 1, 1)
      mkdirSync(join(folder.path, 'empty'))
      assert.deepEqual(await folderDigest(folder.path), first)
      chmodSync(program, 0o644)
      assert.notEqual((await folderDigest(folder.path)).digest, first.digest)
      execFileSync('mkfifo', [join(folder.path, 'odd')])
      await assert.rejects(folderDigest(folder.path), { code: 'PACKAGE_BUILD_FAILED' })
    } finally {
      folder.remove()
    }
  })
})
