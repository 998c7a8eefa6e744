import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { needs } from '../testing/needs.ts'
import { processMark } from './process-mark.ts'

describe('the mark of a process', () => {
  it('stays while it runs, and is none afterwards', async () => {
    const child = spawn('sleep', ['60'])
    const pid = child.pid ?? 0
    const mark = processMark(pid)
    assert.match(mark ?? '', new RegExp(`^${pid} `))
    assert.equal(processMark(pid), mark)
    assert.notEqual(mark, processMark(process.pid))
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.equal(processMark(pid), undefined)
  })

  it('is none for one that ended and was not asked for', async (t) => {
    if (!needs(t, 'linux')) return
    // The shell becomes `sleep`, which asks for no child: the other one stays in the table.
    const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 60'])
    const [data] = await once(parent.stdout, 'data')
    const pid = Number(String(data))
    while (processMark(pid) !== undefined) await new Promise((resolve) => setTimeout(resolve, 5))
    assert.doesNotThrow(() => process.kill(pid, 0), 'it is still in the table')
    parent.kill('SIGKILL')
    await once(parent, 'exit')
  })
})
