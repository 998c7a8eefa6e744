import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { testPrng } from '../../src/testing/seed.ts'
import { Crashes } from './crashes.ts'

describe('kill -9, for long', () => {
  for (const load of [
    { clients: 8, batchMax: 1 },
    { clients: 4, batchMax: 500 },
    { clients: 12, batchMax: 30 },
  ]) {
    it(`at 120 random moments: ${JSON.stringify(load)}`, async (t) => {
      const prng = testPrng()
      t.diagnostic(`seed ${prng.seed}`)
      const crashes = new Crashes(prng, load)
      t.after(() => crashes.remove())
      await crashes.begin()
      for (let life = 0; life < 120; life++) {
        for (let early = prng.int(0, 2); early > 0; early--) {
          const program = crashes.start()
          await pause(prng.int(50, 1500))
          await program.kill()
        }
        await crashes.live(async (program) => {
          await pause(prng.int(1, 3000))
          await program.kill()
        })
      }
      const { acknowledged, entries } = await crashes.judge()
      t.diagnostic(`${acknowledged} acknowledged, ${entries} entries`)
    })
  }
})
