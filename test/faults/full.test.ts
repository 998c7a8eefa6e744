import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { needs } from '../../src/testing/needs.ts'
import { testPrng } from '../../src/testing/seed.ts'
import { Crashes } from './crashes.ts'
import { mountMemory, run } from './mounts.ts'
import type { Program } from './program.ts'

async function endsOfFullDisk(program: Program): Promise<void> {
  for (let i = 0; i < 1000 && !program.hasEnded; i++) await pause(20)
  assert.ok(program.hasEnded, program.log)
}

describe('a full disk', () => {
  it('stops the process with a clear message; with room again it goes on', async (t) => {
    if (!needs(t, 'linux', 'tmpfs')) return
    const prng = testPrng()
    t.diagnostic(`seed ${prng.seed}`)
    const crashes = new Crashes(prng, { clients: 4, batchMax: 400 })
    mountMemory(t, crashes, { size: '4m', remove: () => crashes.remove() })
    await crashes.begin()
    for (const megabytes of [6, 8]) {
      const program = await crashes.live(endsOfFullDisk)
      assert.notEqual((await program.exit).code, 0, program.log)
      assert.match(program.log, /STORE_COMMIT_FAILED.* [01] MB are free there/)
      run('mount', '-o', `remount,size=${megabytes}m`, crashes.home)
    }
    run('mount', '-o', 'remount,size=64m', crashes.home)
    const { acknowledged, entries } = await crashes.judge()
    t.diagnostic(`${acknowledged} acknowledged, ${entries} entries`)
    assert.ok(acknowledged > 0, 'nothing was acknowledged, so nothing was judged')
  })
})
