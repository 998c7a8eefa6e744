import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { needs } from '../../src/testing/needs.ts'
import { createPrng } from '../../src/testing/prng.ts'
import { testPrng } from '../../src/testing/seed.ts'
import { GatewayFaults } from './gateway-faults.ts'
import { mountMemory } from './mounts.ts'

const lives = 40

describe('a gateway whose users keep books, for long', () => {
  for (const round of [1, 2, 3]) {
    it(`loses nothing by kills and full disks in any order: round ${round}`, async (t) => {
      if (!needs(t, 'linux', 'tmpfs')) return
      const { seed } = testPrng()
      t.diagnostic(`seed ${seed}`)
      const prng = createPrng(seed + round)
      const faults = new GatewayFaults(prng)
      mountMemory(t, faults.crashes, { size: '1g', remove: () => faults.remove() })
      await faults.begin()
      for (let life = 0; life < lives; life++) {
        if (prng.int(0, 2) === 0) await faults.stillborn()
        await (prng.int(0, 4) === 0 ? faults.liveOnFullDisk() : faults.liveUntilKilled(300))
      }
      const judged = await faults.judge()
      t.diagnostic(JSON.stringify(judged))
      assert.ok(judged.calls > 1000 && judged.events > 4000, JSON.stringify(judged))
    })
  }
})
