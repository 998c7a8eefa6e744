import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { testFolder } from '../../../testing/folder.ts'
import { stripModules } from './strip-modules.ts'

describe('the modules of a package that was built', () => {
  it('have nothing of npm in them, and are where they seem to be', async () => {
    const folder = testFolder()
    try {
      const modules = join(folder.path, 'modules')
      mkdirSync(join(modules, '.bin'), { recursive: true })
      mkdirSync(join(modules, 'one'))
      folder.file('modules/.package-lock.json', '{}')
      const link = join(folder.path, 'link')
      symlinkSync(modules, link)
      const refused = { code: 'PACKAGE_BUILD_FAILED', message: /no folder/ }
      await assert.rejects(stripModules(link), refused)
      await assert.rejects(stripModules(join(folder.path, 'none')), refused)
      assert.deepEqual(readdirSync(modules), ['.bin', '.package-lock.json', 'one'])
      await stripModules(modules)
      assert.deepEqual(readdirSync(modules), ['one'])
    } finally {
      folder.remove()
    }
  })
})
