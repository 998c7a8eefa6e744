import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { putObject } from '../../testing/access.ts'
import { createMemoryLedger, type MemoryLedger } from '../../testing/memory-ledger.ts'
import type { NodeProbe, Probed } from './node-probe.ts'
import { createNodeWatch } from './node-watch.ts'

function put(ledger: MemoryLedger, id: string, more: Record<string, string> = {}): void {
  const place = { city: 'x', country: 'XX', latitude: 0, longitude: 0, operator: 'a' }
  const rest = { software: '1', frameworks: [], status: 'active', gateway: `https://${id}` }
  putObject(ledger, `node/${id}`, { ...place, ...rest, ...more })
}

/** A watch over nodes of which those in `alive` answer; `rounds` steps are taken. */
function watched(ledger: MemoryLedger, { nodeProbeMs = 60_000, refused = /^$/ } = {}) {
  const clock = { now: 1000 }
  const alive = new Map<string, Probed>()
  const asked: string[] = []
  const pauses: number[] = []
  const steps: (() => void)[] = []
  let [underWay, underWayMax] = [0, 0]
  const probe: NodeProbe = async ({ gateway }) => {
    asked.push(gateway)
    underWayMax = Math.max(underWayMax, ++underWay)
    await new Promise((done) => setImmediate(done))
    underWay--
    return alive.get(gateway)
  }
  const watch = createNodeWatch(
    { node: 'own', nodeProbeMs },
    {
      ledgers: [ledger],
      clock: { nowSeconds: () => clock.now },
      probe,
      mayProbe: (gateway) => !refused.test(gateway),
      pause: (ms, signal) => {
        pauses.push(ms)
        return new Promise((done) => {
          steps.push(done)
          signal.addEventListener('abort', () => done())
        })
      },
    },
  )
  const step = async (count = 1) => {
    for (let i = 0; i < count; i++) {
      steps.shift()?.()
      for (let turn = 0; turn < 5; turn++) await new Promise((done) => setImmediate(done))
    }
  }
  return { watch, clock, alive, asked, pauses, step, most: () => underWayMax }
}

describe('the watch over nodes', () => {
  it('tells when a node was seen, how far it is, and what it lacks', async () => {
    const ledger = createMemoryLedger()
    for (const id of ['a', 'b']) put(ledger, id)
    const { watch, clock, alive, step } = watched(ledger)
    alive.set('https://a', { latencyMs: 7, height: ledger.head.height - 3 })
    assert.equal(watch.of(ledger.id, 'a'), undefined)
    watch.start()
    await step(3)
    const seen = { latencyMs: 7, height: ledger.head.height - 3, behind: 3 }
    assert.deepEqual(watch.of(ledger.id, 'a'), { ...seen, asked: 1000, seen: 1000 })
    assert.deepEqual(watch.of(ledger.id, 'b'), { asked: 1000 })
    assert.equal(watch.of('another ledger', 'a'), undefined)
    alive.clear()
    clock.now = 2000
    await step(3)
    assert.deepEqual(watch.of(ledger.id, 'a'), { ...seen, asked: 2000, seen: 1000 })
    await watch.close()
  })

  it('asks nothing of itself, of retired nodes, and where the policy forbids', async () => {
    const ledger = createMemoryLedger()
    put(ledger, 'own')
    put(ledger, 'gone', { status: 'retired' })
    put(ledger, 'inside', { gateway: 'http://169.254.169.254' })
    const { watch, asked, pauses, step } = watched(ledger, { refused: /169/ })
    watch.start()
    await step(3)
    assert.deepEqual(asked, [])
    assert.ok(pauses.every((ms) => ms === 60_000))
    await watch.close()
  })

  it('spreads many over the time of a round, and forgets those that are gone', async () => {
    const ledger = createMemoryLedger()
    const ids = Array.from({ length: 300 }, (_, i) => `n${String(i).padStart(3, '0')}`)
    for (const id of ids) put(ledger, id)
    const { watch, asked, pauses, step, alive, most } = watched(ledger)
    alive.set('https://n000', { latencyMs: 1, height: 1 })
    watch.start()
    await step(301)
    assert.equal(asked.length, 301)
    assert.equal(new Set(asked).size, 300)
    assert.deepEqual([pauses[0], pauses[300]], [200, 200], '300 in a minute')
    assert.ok(watch.of(ledger.id, 'n000'))
    assert.ok(most() <= 8)
    ledger.objectsByKey.delete('node/n000')
    await step(300)
    assert.equal(watch.of(ledger.id, 'n000')?.asked, 1000, 'until the round is over')
    await step(300)
    assert.equal(watch.of(ledger.id, 'n000'), undefined)
    await watch.close()
  })
})
