import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { needs } from '../../src/testing/needs.ts'
import { testPrng } from '../../src/testing/seed.ts'
import { Crashes } from './crashes.ts'

describe('a torn write', () => {
  it('leaves the block before it, whole, wherever it happens', async (t) => {
    if (!needs(t, 'linux', 'cc')) return
    const prng = testPrng()
    t.diagnostic(`seed ${prng.seed}`)
    const crashes = new Crashes(prng, { clients: 3, batchMax: 30 })
    t.after(() => crashes.remove())
    const shim = crashes.folder.file('torn-write.so')
    const source = join(import.meta.dirname, 'torn-write.c')
    const args = ['-shared', '-fPIC', '-O1', '-o', shim, source, '-ldl']
    const { status, stderr } = spawnSync('cc', args, { encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    await crashes.begin()
    for (let life = 1; life <= 10; life++) {
      const at = life <= 5 ? life : prng.int(6, 200)
      const env = {
        LD_PRELOAD: shim,
        TORN_FILE: join(crashes.home, 'ledger/store/data.mdb'),
        TORN_AT: String(at),
      }
      const program = await crashes.live(
        async (running) => {
          for (let i = 0; i < 500 && !running.hasEnded; i++) await pause(20)
          assert.ok(running.hasEnded, `write ${at} never came`)
        },
        { env },
      )
      assert.deepEqual(await program.exit, { code: 137, signal: null }, program.log)
    }
    const { acknowledged, entries } = await crashes.judge()
    t.diagnostic(`${acknowledged} acknowledged, ${entries} entries`)
    assert.ok(acknowledged > 0, 'nothing was acknowledged, so nothing was judged')
  })
})
