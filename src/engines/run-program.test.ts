import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { shellProgram } from '../testing/engine-program.ts'
import { runProgram } from './run-program.ts'

describe('runProgram', () => {
  it('tells how it ended and what it printed', async () => {
    const seen: string[] = []
    const program = shellProgram('echo one; echo two >&2; exit 5')
    const ran = await runProgram(program, { onLine: (line, from) => seen.push(`${from} ${line}`) })
    assert.deepEqual([ran.code, ran.signal, ran.lines.toSorted()], [5, null, ['one', 'two']])
    assert.deepEqual(seen.toSorted(), ['stderr two', 'stdout one'])
  })

  it('ends it after its time, and with the signal', async () => {
    const sleeper = shellProgram('echo up; exec sleep 600')
    assert.equal((await runProgram(sleeper, { timeoutMs: 50 })).signal, 'SIGTERM')
    const abort = new AbortController()
    const onLine = () => abort.abort()
    assert.equal((await runProgram(sleeper, { signal: abort.signal, onLine })).signal, 'SIGTERM')
    assert.equal((await runProgram(sleeper, { signal: abort.signal })).signal, 'SIGTERM')
  })
})
