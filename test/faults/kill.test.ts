import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { testPrng } from '../../src/testing/seed.ts'
import { Crashes } from './crashes.ts'

describe('kill -9', () => {
  it('at 20 random moments under load loses nothing and doubles nothing', async (t) => {
    const prng = testPrng()
    t.diagnostic(`seed ${prng.seed}`)
    const crashes = new Crashes(prng, { clients: 6, batchMax: 40 })
    t.after(() => crashes.remove())
    await crashes.begin()
    for (let life = 0; life < 20; life++) {
      // Now and then in the middle of a start, where what was written is read back.
      if (prng.int(0, 3) === 0) {
        const early = crashes.start()
        await pause(prng.int(50, 900))
        await early.kill()
      }
      await crashes.live(async (program) => {
        await pause(prng.int(20, 1200))
        await program.kill()
      })
    }
    const { acknowledged, entries } = await crashes.judge()
    t.diagnostic(`${acknowledged} acknowledged, ${entries} entries`)
    assert.ok(acknowledged > 1000, `seed ${prng.seed}: only ${acknowledged} were acknowledged`)
  })
})
