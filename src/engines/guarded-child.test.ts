import assert from 'node:assert/strict'
import type { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { isGroupGone, isRunning, shellProgram, until } from '../testing/engine-program.ts'
import { type GuardedChild, spawnGuarded } from './guarded-child.ts'

async function textOf(stream: Readable): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += chunk
  return text
}

/** The first line, as a number; the rest is read on. */
function firstNumber({ stdout }: GuardedChild): Promise<number> {
  return new Promise((resolve) => stdout.once('data', (data) => resolve(Number(String(data)))))
}

describe('a guarded child', () => {
  it('is the program itself, with its arguments and nothing of our environment', async () => {
    const script = `echo "$$ $1 $BSN_MARK $HOME"; env | cut -d= -f1 | sort | xargs
      if (true >&3) 2>/dev/null; then echo '3 is open'; fi`
    const child = await spawnGuarded(
      {
        path: '/bin/sh',
        args: ['-c', script, 'sh', 'two words; $(exit)'],
        env: { BSN_MARK: 'set' },
        cwd: '/',
      },
      1000,
    )
    child.stderr.resume()
    const text = await textOf(child.stdout)
    assert.deepEqual(await child.ended, { code: 0, signal: null })
    assert.match(text, new RegExp(`^${child.pid} two words; \\$\\(exit\\) set \\n`))
    assert.match(text, /\n(_ )?(BSN_MARK) (OLDPWD )?PATH PWD( SHLVL)?( _)?\n$/)
  })

  it('tells how it ended, soon, and leaves nothing of its group behind', async () => {
    const child = await spawnGuarded(shellProgram('sleep 600 & echo $!; exit 3'), 1000)
    const complaints = textOf(child.stderr)
    const startMs = performance.now()
    const sleeper = await firstNumber(child)
    assert.deepEqual(await child.ended, { code: 3, signal: null })
    assert.ok(performance.now() - startMs < 900, 'the pipes are not held open')
    assert.equal(await complaints, '', 'the guard says nothing')
    await until('the sleeper is gone', () => !isRunning(sleeper))
    await until('the group is empty', () => isGroupGone(child.pid))
  })

  it('is stopped by SIGTERM, and by SIGKILL where it does not heed that', async () => {
    const willing = await spawnGuarded(shellProgram('echo 1; exec sleep 600'), 1000)
    willing.stderr.resume()
    await firstNumber(willing)
    assert.deepEqual(await willing.stop(60_000), { code: null, signal: 'SIGTERM' })
    const script = ['trap "" TERM', 'sleep 600 &', 'echo $!', 'while :; do wait; done']
    const stubborn = await spawnGuarded(shellProgram(...script), 1000)
    stubborn.stderr.resume()
    const sleeper = await firstNumber(stubborn)
    assert.deepEqual(await stubborn.stop(50), { code: null, signal: 'SIGKILL' })
    await until('the sleeper is gone', () => !isRunning(sleeper))
    // After its end there is nobody to signal, and that is no fault.
    assert.deepEqual(await stubborn.stop(50), { code: null, signal: 'SIGKILL' })
    await until('the group is empty', () => isGroupGone(stubborn.pid))
  })

  it('that is not there says so, and a folder that is not there is an error', async () => {
    const child = await spawnGuarded({ path: '/nowhere/program', args: [] }, 1000)
    child.stdout.resume()
    let said = ''
    for await (const chunk of child.stderr) said += chunk
    assert.deepEqual(await child.ended, { code: 127, signal: null })
    assert.match(said, /\/nowhere\/program/)
    await assert.rejects(spawnGuarded({ path: '/bin/true', args: [], cwd: '/nowhere' }, 1000), {
      code: 'ENGINE_START_FAILED',
    })
  })
})
