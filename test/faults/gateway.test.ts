import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { needs } from '../../src/testing/needs.ts'
import { testPrng } from '../../src/testing/seed.ts'
import { GatewayFaults } from './gateway-faults.ts'
import { mountMemory } from './mounts.ts'

function begin(t: TestContext) {
  const prng = testPrng()
  t.diagnostic(`seed ${prng.seed}`)
  return { prng, faults: new GatewayFaults(prng) }
}

async function judge(t: TestContext, faults: GatewayFaults, least: number) {
  const judged = await faults.judge()
  t.diagnostic(JSON.stringify(judged))
  const isEnough = judged.calls >= least && judged.events >= 4 * least
  assert.ok(isEnough, `too little happened: ${JSON.stringify(judged)}`)
  return judged
}

describe('a gateway whose users keep books', () => {
  it('loses nothing by kill -9, bad receivers of webhooks and slow readers', async (t) => {
    const { prng, faults } = begin(t)
    t.after(() => faults.remove())
    await faults.begin()
    for (let life = 0; life < 8; life++) {
      if (prng.int(0, 3) === 0) await faults.stillborn()
      await faults.liveUntilKilled(150)
    }
    const { moods } = await judge(t, faults, 50)
    const { away = 0, well = 0, ...ill } = moods
    assert.ok(away > 0 && well > 0 && Object.keys(ill).length > 0, JSON.stringify(moods))
  })

  it('loses nothing by a full disk', async (t) => {
    if (!needs(t, 'linux', 'tmpfs')) return
    const { faults } = begin(t)
    mountMemory(t, faults.crashes, { size: '96m', remove: () => faults.remove() })
    await faults.begin()
    for (let life = 0; life < 2; life++) await faults.liveOnFullDisk()
    await judge(t, faults, 10)
  })
})
