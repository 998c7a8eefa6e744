import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { EventFilter, EventReader, LedgerEvent } from '../../frameworks/framework.ts'
import { testGatewayDeps, testStatement } from '../../testing/gateway.ts'
import { testPrng } from '../../testing/seed.ts'
import { createEventFeed } from './event-feed.ts'

/** The real reader of records over a ledger in memory, with its reads counted. */
function scene(t: TestContext, gatherMs = 5) {
  const { deps, ledger } = testGatewayDeps()
  const [served] = deps.ledgers
  const { events } = served?.frameworks.get('records') ?? assert.fail('records are served')
  let reads = 0
  const reader: EventReader = {
    head: (service) => events.head(service),
    read: (...given) => {
      reads++
      return events.read(...given)
    },
    waitFor: (...given) => events.waitFor(...given),
  }
  const feed = createEventFeed(reader, { gatherMs })
  t.after(() => feed.close())
  let made = 0
  const put = async (service: string, key?: string) => {
    const more = { service, ...(key === undefined ? {} : { key }) }
    await ledger.submit([await testStatement(ledger, `${made++}`, more)])
  }
  return { feed, put, reads: () => reads }
}

/** A service with an event at every position, read `step` positions at a time. */
function longLog(t: TestContext, { head, step }: { head: number; step: number }, gatherMs = 5) {
  const log = { head }
  const waiting = new Set<() => void>()
  const eventAt = (position: number) => ({ position, contentType: 'text/plain' }) as LedgerEvent
  const reader: EventReader = {
    head: () => log.head,
    async read(_service, { from, contentType }) {
      const next = Math.max(from, Math.min(log.head, from + step))
      const places = Array.from({ length: next - from }, (_, i) => from + i)
      const events = places.map(eventAt).filter((one) => one.contentType === contentType)
      return { events: contentType === undefined ? places.map(eventAt) : events, next }
    },
    waitFor: (_service, position, signal) =>
      new Promise((resolve) => {
        const wake = () => (position < log.head || signal.aborted ? resolve() : undefined)
        waiting.add(wake)
        signal.addEventListener('abort', wake)
        wake()
      }),
  }
  const feed = createEventFeed(reader, { gatherMs })
  t.after(() => feed.close())
  const append = (count: number) => {
    log.head += count
    for (const wake of [...waiting]) wake()
  }
  return { feed, append }
}

describe('createEventFeed, readers far apart', () => {
  it('has nobody wait for a reader that is far behind', async (t) => {
    const { feed, append } = longLog(t, { head: 1e9, step: 1 })
    const stop = new AbortController()
    const { signal } = stop
    const far = feed.next({ service: 'flights', from: 0, filter: { contentType: 'x/y' }, signal })
    await setTimeout(10)
    const live = feed.next({ service: 'flights', from: 1e9, filter: {}, signal })
    append(1)
    const got = await Promise.race([live, setTimeout(1000)])
    stop.abort()
    assert.equal(got?.events[0]?.position, 1e9)
    assert.deepEqual((await far).events, [])
  })

  it('has nobody wait for a reader that is ahead of the head', async (t) => {
    const { feed, put, reads } = scene(t)
    const left = new AbortController()
    const ahead = { service: 'flights', from: 9e15, filter: {}, signal: left.signal }
    const none = feed.next(ahead)
    await setTimeout(10)
    left.abort()
    await none
    const { signal } = new AbortController()
    const soon = feed.next({ service: 'flights', from: 1, filter: {}, signal })
    const live = feed.next({ service: 'flights', from: 0, filter: {}, signal })
    await setTimeout(20)
    const before = reads()
    await setTimeout(30)
    assert.equal(reads(), before)
    await put('flights')
    assert.deepEqual((await live).next, 1)
    await put('flights')
    assert.deepEqual(
      (await soon).events.map(({ position }) => position),
      [1],
    )
  })

  it('gathers at the head alone: what comes fast is handed out as fast', async (t) => {
    const { feed, append } = longLog(t, { head: 0, step: 256 }, 200)
    const { signal } = new AbortController()
    const start = performance.now()
    let from = 0
    const first = feed.next({ service: 'flights', from, filter: {}, signal })
    await setTimeout(1)
    append(10_000)
    for (from = (await first).next; from < 10_000; ) {
      from = (await feed.next({ service: 'flights', from, filter: {}, signal })).next
    }
    assert.ok(performance.now() - start < 1000, 'forty passes do not wait 200 ms each')
  })
})

describe('createEventFeed', () => {
  it('reads once for all that wait at the head of a service', async (t) => {
    const { feed, put, reads } = scene(t)
    const { signal } = new AbortController()
    const wanted = { service: 'flights', from: 0, filter: {}, signal }
    const all = Array.from({ length: 50 }, () => feed.next(wanted))
    await setTimeout(20)
    const before = reads()
    await put('sensors')
    await put('flights')
    const slices = await Promise.all(all)
    assert.ok(slices.every(({ events }) => events[0] === slices[0]?.events[0]))
    assert.equal(reads() - before, 1)
  })

  it('gives each reader all that it wants, in order, at any pace', async (t) => {
    const { feed, put } = scene(t, 1)
    const prng = testPrng()
    const stop = new AbortController()
    const filters: EventFilter[] = [{}, { key: 'a' }, { contentType: 'application/json' }]
    const model: { service: string; key: string }[] = []
    const readers = Array.from({ length: 12 }, (_, i) => {
      const [service, filter] = [['flights', 'sensors'][i % 2] ?? '', filters[i % 3] ?? {}]
      const got: number[] = []
      const run = async () => {
        let from = 0
        while (!stop.signal.aborted) {
          const { events, next } = await feed.next({ service, from, filter, signal: stop.signal })
          got.push(...events.map(({ position }) => position))
          from = next
          if (prng.int(0, 2) === 0) await setTimeout(prng.int(0, 10))
        }
      }
      return { service, filter, got, ended: run() }
    })
    for (let i = 0; i < 200; i++) {
      const one = { service: ['flights', 'sensors'][prng.int(0, 1)] ?? '', key: 'ab'[i % 2] ?? '' }
      model.push(one)
      await put(one.service, one.key)
      if (prng.int(0, 9) === 0) await setTimeout(prng.int(0, 5))
    }
    const wantedBy = ({ service, filter }: (typeof readers)[number]) =>
      model.flatMap((one, at) =>
        one.service === service && (filter.key ?? one.key) === one.key ? [at] : [],
      )
    const isDone = () => readers.every((one) => one.got.length >= wantedBy(one).length)
    for (let i = 0; i < 500 && !isDone(); i++) await setTimeout(10)
    stop.abort()
    await Promise.all(readers.map(({ ended }) => ended))
    for (const one of readers) assert.deepEqual(one.got, wantedBy(one), `seed ${prng.seed}`)
  })

  it('ends those who wait when it is closed', async (t) => {
    const { feed } = scene(t)
    const { signal } = new AbortController()
    const waiting = feed.next({ service: 'flights', from: 3, filter: {}, signal })
    await setTimeout(10)
    feed.close()
    assert.deepEqual(await waiting, { events: [], next: 3 })
  })
})

/** Events under the key `shop`, which readers may ask for as `0x5` as well; reads are counted. */
function shopLog(t: TestContext) {
  const events: LedgerEvent[] = []
  const waiting = new Set<() => void>()
  const reads: EventFilter[] = []
  const reader: EventReader = {
    head: () => events.length,
    async read(_service, { from, limit, ...filter }) {
      reads.push(filter)
      const key = filter.key === '0x5' ? 'shop' : filter.key
      const isIn = (event: LedgerEvent) =>
        event.position >= from && (key ?? event.key) === event.key
      return { events: events.filter(isIn).slice(0, limit), next: Math.max(from, events.length) }
    },
    waitFor: (_service, position, signal) =>
      new Promise((resolve) => {
        const wake = () => (position < events.length || signal.aborted ? resolve() : undefined)
        waiting.add(wake)
        signal.addEventListener('abort', wake)
        wake()
      }),
  }
  const feed = createEventFeed(reader, { gatherMs: 5, isReaderFiltering: true })
  t.after(() => feed.close())
  const append = (...keys: string[]) => {
    for (const key of keys) events.push({ position: events.length, key } as LedgerEvent)
    for (const wake of [...waiting]) wake()
  }
  return { feed, reads, append }
}

describe('createEventFeed, where the reader knows what filters mean', () => {
  it('gives at the head what it finds, and reads each filter once for all', async (t) => {
    const { feed, reads, append } = shopLog(t)
    const { signal } = new AbortController()
    const next = (filter: EventFilter) => feed.next({ service: 's', from: 0, filter, signal })
    const byAddress = Array.from({ length: 50 }, () => next({ key: '0x5' }))
    const [all, other] = [next({}), next({ key: 'other' })]
    await setTimeout(20)
    reads.length = 0
    append('shop', 'shop')
    for (const slice of await Promise.all([...byAddress, all])) {
      assert.deepEqual([slice.events.length, slice.next], [2, 2])
    }
    const asked = reads.filter(({ key }) => key === '0x5')
    assert.equal(asked.length, 1)
    append('other')
    assert.deepEqual(
      (await other).events.map(({ position }) => position),
      [2],
    )
  })
})
