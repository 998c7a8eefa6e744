import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Check } from 'typebox/schema'
import { testCli } from '../../testing/cli.ts'
import { testFolder } from '../../testing/folder.ts'
import { command } from './docs.ts'

describe('bsn docs', () => {
  it('writes the pages, and finds those that differ', async (t) => {
    const { path, file, remove } = testFolder()
    t.after(remove)
    const first = await testCli(['docs', '--out', path, '--json'])
    assert.ok(Check(command.output, first.json()))
    assert.deepEqual(readdirSync(path).toSorted(), first.json().pages)
    assert.equal((await testCli(['docs', '--out', path, '--check'])).code, 0)
    writeFileSync(file('cli.md'), 'old')
    const stale = await testCli(['docs', '--out', path, '--check', '--json'])
    assert.deepEqual([stale.code, stale.json().changed], [5, ['cli.md']])
    assert.equal(stale.problem().code, 'REFERENCE_STALE')
    const second = await testCli(['docs', '--out', path])
    assert.equal(second.stdout, `${file('cli.md')}\n`)
  })
})
