import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { isGroupGone, isRunning, shellProgram, until } from '../testing/engine-program.ts'
import type { Program } from './guarded-child.ts'

/**
 * A process that starts a program guarded, and beside it one that is not and outlives everything,
 * then prints the ids of the program, of what the program started, and of the other one.
 */
const parentScript = (program: Program, killAfterMs: number) => `
  import { spawn } from 'node:child_process'
  import { spawnGuarded } from ${JSON.stringify(join(import.meta.dirname, 'guarded-child.ts'))}
  const child = await spawnGuarded(${JSON.stringify(program)}, ${killAfterMs})
  const other = spawn('/bin/sleep', ['600'], { stdio: 'ignore' })
  child.stderr.resume()
  child.stdout.once('data', (inner) => {
    process.stdout.write([child.pid, Number(inner), other.pid].join(' '))
  })
  setInterval(() => {}, 1000)`

async function startParent(program: Program, killAfterMs: number) {
  const script = parentScript(program, killAfterMs)
  const args = ['--conditions=openbsn-source', '--input-type=module', '-e', script]
  const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(parent.stdout, 'data')
  const [pid = 0, inner = 0, other = 0] = String(line).split(' ').map(Number)
  return { parent, pid, inner, other }
}

/** How long it took. The group gets signals before, as from somebody who meant well. */
async function killedWithParent(
  program: Program,
  killAfterMs: number,
  before: readonly NodeJS.Signals[] = [],
): Promise<number> {
  const { parent, pid, inner, other } = await startParent(program, killAfterMs)
  assert.ok(isRunning(pid) && isRunning(inner) && isRunning(other))
  for (const signal of before) process.kill(-pid, signal)
  const startMs = performance.now()
  parent.kill('SIGKILL')
  await once(parent, 'exit')
  try {
    await until('the engine is gone', () => !isRunning(pid))
    const tookMs = performance.now() - startMs
    await until('what it started is gone', () => !isRunning(inner))
    await until('the guard is gone', () => isGroupGone(pid))
    assert.ok(isRunning(other), 'the other one holds nothing that the guard waits for')
    return tookMs
  } finally {
    process.kill(other, 'SIGKILL')
  }
}

describe('when the parent is killed with SIGKILL', () => {
  it('its engine is ended, with all that it started', async () => {
    const program = shellProgram(
      'sleep 600 & echo $!',
      'trap "exit 0" TERM',
      'while :; do wait; done',
    )
    const tookMs = await killedWithParent(program, 5000)
    assert.ok(tookMs < 3000, `SIGTERM was enough: ${tookMs} ms`)
  })

  it('an engine that does not heed SIGTERM is killed after its time', async () => {
    const script = ['trap "" TERM INT HUP', 'sleep 600 & echo $!', 'while :; do wait; done']
    const program = shellProgram(...script)
    const tookMs = await killedWithParent(program, 1000, ['SIGTERM', 'SIGINT', 'SIGHUP'])
    assert.ok(tookMs > 900, `it had its time: ${tookMs} ms`)
  })

  it('nothing is left where the parent goes in the moment of the start', async () => {
    const program = shellProgram('exec sleep 617')
    const module = JSON.stringify(join(import.meta.dirname, 'guarded-child.ts'))
    const script = `
      import { spawnGuarded } from ${module}
      spawnGuarded(${JSON.stringify(program)}, 1000)
        .then(({ pid }) => process.stdout.write(String(pid), () => process.kill(process.pid, 9)))`
    const args = ['--conditions=openbsn-source', '--input-type=module', '-e', script]
    const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [pid] = await once(parent.stdout, 'data')
    await until('the engine is gone', () => isGroupGone(Number(String(pid))))
  })
})
