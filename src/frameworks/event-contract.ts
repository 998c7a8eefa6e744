import assert from 'node:assert/strict'
import type { EventFilter, Framework, LedgerEvent } from './framework.ts'
import type { PromiseId } from './framework-promises.ts'
import {
  type Check,
  call,
  commitOne,
  type FrameworkWorld,
  idOf,
  never,
  putMany,
} from './world-contract.ts'

type From = EventFilter & { readonly from?: number; readonly limit?: number }

/** Every event up to the end, slice by slice; each slice goes on where the one before said. */
async function readAll(node: Framework, service: string, how: From = {}): Promise<LedgerEvent[]> {
  const { from = 0, limit = 1000, ...filter } = how
  const found: LedgerEvent[] = []
  let next = from
  for (let before = -1; next > before; ) {
    before = next
    const slice = await node.events.read(service, { from: next, limit, ...filter })
    assert.ok(slice.events.length <= limit && slice.next >= next)
    for (const { position } of slice.events) assert.ok(position >= next && position < slice.next)
    found.push(...slice.events)
    next = slice.next
  }
  assert.ok(next >= Math.min(node.events.head(service), from), 'the reader came to the end')
  return found
}

const textsOf = (events: readonly LedgerEvent[]) =>
  events.map(({ payload }) => /text \d+/.exec(new TextDecoder().decode(payload))?.[0])
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `text ${from + i}`)

function requireOrder(events: readonly LedgerEvent[]): void {
  const positions = events.map(({ position }) => position)
  assert.deepEqual(
    positions,
    [...new Set(positions)].toSorted((a, b) => a - b),
  )
  assert.equal(new Set(events.map(({ id }) => id)).size, events.length)
}

/** Settled within so many milliseconds. */
function isSettled(promise: Promise<void>, timeoutMs: number): Promise<boolean> {
  return Promise.race([
    promise.then(() => true),
    new Promise<boolean>((resolve) => setTimeout(resolve, timeoutMs, false)),
  ])
}

/** Follows a service as a stream does, slowly, until it has seen so many events. */
async function follow(
  world: FrameworkWorld,
  count: number,
  pauseMs: number,
): Promise<LedgerEvent[]> {
  const [{ service }] = world.writers
  const { events } = world.node
  const seen: LedgerEvent[] = []
  for (let next = 0; seen.length < count; ) {
    const slice = await events.read(service, { from: next, limit: 7 })
    seen.push(...slice.events)
    next = slice.next
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
    if (slice.events.length === 0) await events.waitFor(service, next, never)
  }
  return seen
}

async function filtered(world: FrameworkWorld): Promise<void> {
  const { node, writers } = world
  const [writer, second] = writers
  await putMany(world, 0, 9)
  await commitOne(node, world.put(second, { id: idOf('x'), key: 'key-1', text: 'text 100' }))
  const contentType = world.contentTypes.other
  const odd = { id: idOf('odd'), key: 'key-1', text: 'text 9', contentType }
  await commitOne(node, world.put(writer, odd))
  const of = async (service: string, filter: EventFilter, limit: number) =>
    textsOf(await readAll(node, service, { ...filter, limit }))
  for (const limit of [1, 2, 1000]) {
    const ofKey = ['text 1', 'text 4', 'text 7', 'text 9']
    assert.deepEqual(await of(writer.service, { key: 'key-1' }, limit), ofKey)
    const both = { key: 'key-1', contentType }
    for (const filter of [both, { contentType }]) {
      assert.deepEqual(await of(writer.service, filter, limit), ['text 9'])
    }
    assert.deepEqual(await of(writer.service, { key: 'key-7' }, limit), [])
    assert.deepEqual(await of(writer.service, { ...both, key: 'key-2' }, limit), [])
    assert.deepEqual(await of(second.service, {}, limit), ['text 100'])
  }
}

async function waited(world: FrameworkWorld): Promise<void> {
  const [{ service }, second] = world.writers
  const { events } = world.node
  const position = events.head(service)
  const waiting = events.waitFor(service, position, never)
  assert.equal(await isSettled(waiting, 30), false)
  await commitOne(world.node, world.put(second, { id: idOf('x'), key: 'key-a', text: 'elsewhere' }))
  assert.equal(await isSettled(waiting, 30), false, 'woken by a commit of another service')
  await commitOne(world.node, call(world, 'a'))
  assert.equal(await isSettled(waiting, 1000), true)
  const [event] = await readAll(world.node, service, { from: position })
  assert.ok(event)
  assert.equal(await isSettled(events.waitFor(service, event.position, never), 1000), true)
  const controller = new AbortController()
  const given = events.waitFor(service, events.head(service), controller.signal)
  assert.equal(await isSettled(given, 30), false)
  controller.abort()
  assert.equal(await isSettled(given, 1000), true)
  assert.equal(await isSettled(events.waitFor(service, 1e9, AbortSignal.abort()), 1000), true)
}

/** Events: at least once, in order, without gaps. */
export const eventChecks = {
  'events-order': async (world) => {
    const [writer] = world.writers
    const { service } = writer
    for (const first of [0, 4, 8]) await putMany(world, first, 4)
    const events = await readAll(world.node, service)
    requireOrder(events)
    assert.deepEqual(textsOf(events), numbered(0, 12))
    assert.ok(events.every((event) => event.position < world.node.events.head(service)))
    await world.catchUp(world.other)
    assert.deepEqual(await readAll(world.other, service), events)
    const [event] = events
    assert.ok(event && event.service === service)
    assert.equal(event.issuer, await world.issuerOf(writer))
    assert.equal(event.contentType, world.contentTypes.usual)
    assert.equal(event.key, 'key-0')
    const status = await world.node.status({ ...call(world, 'text 0') })
    assert.ok(status.state === 'committed')
    assert.deepEqual(status.place, event.place)
  },
  'events-resume': async (world) => {
    const [{ service }] = world.writers
    for (const first of [0, 5]) await putMany(world, first, 5)
    const all = await readAll(world.node, service)
    for (const limit of [1, 3, 10, 11]) {
      assert.deepEqual(await readAll(world.node, service, { limit }), all)
      for (const [place, { position }] of all.entries()) {
        const rest = await readAll(world.node, service, { from: position + 1, limit })
        assert.deepEqual(rest, all.slice(place + 1))
      }
    }
  },
  'events-filter': filtered,
  'events-wait': waited,
  'events-slow': async (world) => {
    const [{ service }] = world.writers
    const following = follow(world, 40, 5)
    for (let first = 0; first < 40; first += 10) await putMany(world, first, 10)
    const seen = await following
    requireOrder(seen)
    assert.deepEqual(textsOf(seen), numbered(0, 40))
    await world.catchUp(world.other)
    assert.deepEqual(seen, await readAll(world.other, service))
  },
  'events-restart': async (world) => {
    const [{ service }] = world.writers
    await putMany(world, 0, 6)
    const before = await readAll(world.node, service)
    await world.restart()
    assert.deepEqual(await readAll(world.node, service), before)
    await putMany(world, 6, 6)
    const after = await readAll(world.node, service, { limit: 4 })
    assert.deepEqual(after.slice(0, 6), before)
    assert.deepEqual(textsOf(after), numbered(0, 12))
    requireOrder(after)
  },
} satisfies Partial<Record<PromiseId, Check>>
