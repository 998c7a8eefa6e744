import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runTool } from './run-tool.ts'

const shell = (line: string) => ({ path: '/bin/sh', args: ['-c', line], env: {} })

describe('a tool of Fabric', () => {
  it('gives what it prints, and nothing of what it says beside that', async () => {
    assert.equal(await runTool('a step', shell('echo one; echo log >&2; echo two')), 'one\ntwo')
  })

  it('that fails says which step, and its last words', async () => {
    const failed = { code: 'FABRIC_STEP_FAILED', message: 'the channel is made: no such | file' }
    await assert.rejects(
      runTool('the channel is made', shell('echo no such; echo file >&2; exit 3')),
      failed,
    )
    await assert.rejects(runTool('x', { path: '/nowhere/peer', args: [] }), {
      code: 'FABRIC_STEP_FAILED',
    })
  })
})
