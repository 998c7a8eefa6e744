import assert from 'node:assert/strict'
import { delimiter, join } from 'node:path'
import { describe, it } from 'node:test'
import { testFolder } from '../testing/folder.ts'
import { onPath } from './on-path.ts'

describe('onPath', () => {
  it('finds the first program of a name, and no file that is none', async () => {
    const folder = testFolder()
    try {
      folder.file('tool', 'text')
      const program = folder.file('program', '#!/bin/sh', 0o755)
      const path = ['', join(folder.path, 'none'), folder.path].join(delimiter)
      assert.equal(await onPath('program', path), program)
      assert.equal(await onPath('other', path), undefined)
      assert.equal(await onPath('tool', path), undefined)
      assert.equal(await onPath('program', ''), undefined)
    } finally {
      folder.remove()
    }
  })
})
