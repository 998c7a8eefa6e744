import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { describe, it } from 'node:test'
import { processMark } from '../kernel/process-mark.ts'
import { isRunning } from '../testing/engine-program.ts'
import { testFolder } from '../testing/folder.ts'
import { needs } from '../testing/needs.ts'
import { awaitPreviousRun, forgetRun, noteRun } from './previous-run.ts'

const signal = new AbortController().signal

describe('the previous run of an engine', () => {
  it('is nothing to wait for where it ended, or was never there', async (t) => {
    const { file, remove } = testFolder()
    t.after(remove)
    await awaitPreviousRun(file('none.pid'), 0, signal)
    for (const text of [
      '',
      'nonsense\n',
      '999999999 1\n1 1\n',
      `${process.pid} 1\n999999999 1\n`,
    ]) {
      await awaitPreviousRun(file('engine.pid', text), 0, signal)
    }
    await noteRun(file('engine.pid'), 999_999_999)
    await awaitPreviousRun(file('engine.pid'), 0, signal)
    await forgetRun(file('engine.pid'))
    assert.equal(existsSync(file('engine.pid')), false)
  })

  it('is refused while its parent runs', async (t) => {
    const { file, remove } = testFolder()
    t.after(remove)
    await noteRun(file('engine.pid'), process.pid)
    await assert.rejects(awaitPreviousRun(file('engine.pid'), 0, signal), {
      code: 'ENGINE_START_FAILED',
      message: new RegExp(`process ${process.pid}; process ${process.pid} started it`),
    })
  })

  it('is waited for where its parent is gone, and killed where it does not end', async (t) => {
    if (!needs(t, 'linux')) return
    const { file, remove } = testFolder()
    t.after(remove)
    const orphan = () => {
      const child = spawn('/bin/sleep', ['600'], { detached: true, stdio: 'ignore' })
      const pid = child.pid ?? 0
      file('engine.pid', `${processMark(pid)}\n999999999 1\n`)
      return { child, pid, ended: once(child, 'exit') }
    }
    const ending = orphan()
    setTimeout(() => ending.child.kill('SIGTERM'), 100)
    await awaitPreviousRun(file('engine.pid'), 60_000, signal)
    assert.deepEqual(await ending.ended, [null, 'SIGTERM'])
    const staying = orphan()
    await awaitPreviousRun(file('engine.pid'), 100, signal)
    assert.equal(isRunning(staying.pid), false)
    assert.deepEqual(await staying.ended, [null, 'SIGKILL'])
  })
})
