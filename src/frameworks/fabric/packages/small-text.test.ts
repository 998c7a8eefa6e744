import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { testFolder } from '../../../testing/folder.ts'
import { smallText } from './small-text.ts'

describe('a small text of others', () => {
  it('is read where it is a file, and small', async () => {
    const folder = testFolder()
    try {
      const file = folder.file('text', 'größe')
      assert.equal(await smallText(file), 'größe')
      symlinkSync(file, join(folder.path, 'link'))
      execFileSync('mkfifo', [join(folder.path, 'fifo')])
      folder.file('large', Buffer.alloc(2 ** 20 + 1))
      for (const name of ['link', 'fifo', 'large', 'none', '.']) {
        assert.equal(await smallText(join(folder.path, name)), undefined, name)
      }
      assert.equal((await smallText(folder.file('whole', Buffer.alloc(2 ** 20))))?.length, 2 ** 20)
    } finally {
      folder.remove()
    }
  })
})
