import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { testPrng } from '../../testing/seed.ts'
import { RecordFeed } from './record-feed.ts'

const services = ['a', 'b', 'c']
const never = new AbortController().signal

describe('a feed of what was committed lately', () => {
  it('knows what an array of everything knows, as far back as it says', () => {
    const prng = testPrng()
    const start = 100
    const log: string[] = Array.from({ length: start }, () => 'a')
    const feed = new RecordFeed(start, 20)
    for (let round = 0; round < 300; round++) {
      const block = Array.from({ length: prng.int(0, 9) }, () => services[prng.int(0, 2)] ?? '')
      const entries = block.map((sub) => ({ authority: { sub } }))
      feed.committed(log.length, entries)
      log.push(...block)
      const [service, from] = [services[prng.int(0, 2)] ?? '', prng.int(0, log.length + 2)]
      const found = feed.indexesFrom(service, from)
      const told = `seed ${prng.seed}, round ${round}`
      if (found === undefined) {
        assert.ok(from < start || from < log.length - 20, told)
        continue
      }
      const wanted = log.flatMap((sub, index) => (sub === service && index >= from ? [index] : []))
      assert.deepEqual(found, wanted, told)
    }
  })

  it('wakes those who wait for that place of that service, and keeps none of them', async () => {
    const feed = new RecordFeed(10)
    const woken: string[] = []
    const wait = (service: string, position: number, signal = never) =>
      feed.waitFor(service, position, signal).then(() => woken.push(`${service}${position}`))
    const turn = () => new Promise((resolve) => setImmediate(resolve))
    const controller = new AbortController()
    void wait('a', 9)
    void wait('a', 10)
    void wait('a', 12)
    void wait('b', 10, controller.signal)
    await turn()
    assert.deepEqual(woken.splice(0), ['a9'], 'before the start anything may be there')
    feed.committed(10, [{ authority: { sub: 'c' } }, { authority: { sub: 'a' } }])
    await turn()
    assert.deepEqual(woken.splice(0), ['a10'])
    feed.committed(12, [{ authority: { sub: 'a' } }])
    controller.abort()
    await turn()
    assert.deepEqual(woken.splice(0).toSorted(), ['a12', 'b10'])
    void wait('a', 12)
    await turn()
    assert.deepEqual(woken, ['a12'])
  })

  it('stops where a block was not told', () => {
    const feed = new RecordFeed(0)
    assert.throws(() => feed.committed(1, [{ authority: { sub: 'a' } }]), /every block/)
  })
})
