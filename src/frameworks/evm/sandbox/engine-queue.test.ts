import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type EngineLook, EngineQueue, engineQueueOptions } from './engine-queue.ts'

const { signal } = new AbortController()

/** An engine whose queue tests fill and empty, behind a guard for ten. */
function engine(options: Partial<typeof engineQueueOptions> = {}) {
  const state = {
    pending: 0,
    queued: 0,
    height: 1,
    newest: 1,
    stuck: 0,
    mends: 0,
    looks: 0,
    mined: 0,
    restarts: 0,
    nowMs: 0,
  }
  const queue = new EngineQueue(
    { ...engineQueueOptions, transactionsMax: 10, patienceMs: 60, lookMs: 1, ...options },
    {
      look: async () => {
        state.looks++
        return state
      },
      mine: async () => {
        state.mined++
      },
      mend: async () => {
        state.mends++
        const { stuck } = state
        state.queued -= stuck
        state.stuck = 0
        return stuck
      },
      restart: () => {
        state.restarts++
      },
      nowMs: () => state.nowMs,
    },
  )
  const send = (count: number) =>
    queue.hand(count, signal, async () => {
      state.pending += count
      return count
    })
  return { state, queue, send }
}

describe('the queue of an engine', () => {
  it('is not asked about while there is room in it', async () => {
    const { state, send } = engine()
    for (let i = 0; i < 10; i++) await send(1)
    assert.deepEqual([state.looks, state.pending], [0, 10])
  })

  it('lets nobody in who has no room, and says that nothing was sent', async () => {
    const { state, send } = engine()
    await send(8)
    await assert.rejects(send(3), { code: 'CHAIN_BUSY', retryable: true, message: /nothing/ })
    assert.equal(state.pending, 8)
    assert.ok(state.looks > 1, 'it was looked at')
    assert.equal(await send(2), 2)
  })

  it('lets in what waits as soon as there is room, the first one first', async () => {
    const { state, send } = engine({ patienceMs: 5000 })
    await send(10)
    const order: string[] = []
    const large = send(9).then(() => order.push('large'))
    const small = send(1).then(() => order.push('small'))
    state.pending = 5
    await new Promise((done) => setTimeout(done, 10))
    assert.deepEqual(order, [], 'the small one does not overtake')
    state.pending = 0
    await Promise.all([large, small])
    assert.deepEqual(order, ['large', 'small'])
    assert.equal(state.pending, 10)
  })

  it('lets in by one look whoever there is room for, and nobody else', async () => {
    const { state, send } = engine({ patienceMs: 5000 })
    await send(10)
    const three = [send(4), send(4), send(4)]
    state.pending = 0
    await Promise.all(three.slice(0, 2))
    assert.deepEqual([state.looks, state.pending], [2, 8], 'one look for two, one of the third')
    await new Promise((done) => setTimeout(done, 10))
    assert.equal(state.pending, 8)
    state.pending = 0
    await Promise.all(three)
    assert.equal(state.pending, 4)
  })

  it('takes what is more than it may have in all when nothing else is there', async () => {
    const { state, send } = engine()
    assert.equal(await send(30), 30)
    await assert.rejects(send(1), { code: 'CHAIN_BUSY' })
    state.pending = 0
    assert.equal(await send(1), 1)
  })
})

describe('the count of what waits in an engine', () => {
  it('has what is under way, and what was answered while it was looked at', async () => {
    const { queue, send } = engine()
    const { promise, resolve } = Promise.withResolvers<void>()
    const underWay = queue.hand(9, signal, () => promise)
    await assert.rejects(send(2), { code: 'CHAIN_BUSY' })
    resolve()
    await underWay
    assert.equal(await send(2), 2, 'the engine says that its queue is empty')
  })

  it('has what was answered after two looked at once', async () => {
    const answers: ((look: EngineLook) => void)[] = []
    const look = () => new Promise<EngineLook>((done) => answers.push(done))
    const queue = new EngineQueue(
      { ...engineQueueOptions, transactionsMax: 10 },
      {
        look,
        mine: async () => undefined,
        mend: async () => 0,
        restart: () => undefined,
        nowMs: () => 0,
      },
    )
    const sent: number[] = []
    const hand = (count: number) => queue.hand(count, signal, async () => sent.push(count))
    await hand(5)
    const looks = [queue.lookAfter(signal), queue.lookAfter(signal)]
    answers[0]?.({ pending: 5, queued: 0, height: 1, newest: 1 })
    await looks[0]
    await hand(3)
    answers[1]?.({ pending: 5, queued: 0, height: 1, newest: 1 })
    await looks[1]
    const more = hand(5)
    await new Promise((done) => setTimeout(done, 5))
    assert.deepEqual(sent, [5, 3], 'eight are in it')
    answers.at(-1)?.({ pending: 0, queued: 0, height: 2, newest: 1 })
    await more
  })

  it('refuses at once where many wait for it', async () => {
    const { send } = engine({ callsMax: 2 })
    await send(10)
    const waiting = [send(1), send(1)]
    const startMs = performance.now()
    await assert.rejects(send(1), { code: 'CHAIN_BUSY' })
    assert.ok(performance.now() - startMs < 30)
    for (const { status } of await Promise.allSettled(waiting)) assert.equal(status, 'rejected')
  })
})

describe('an engine that is looked after', () => {
  it('is told to make a block where it makes none by itself', async () => {
    const { state, queue, send } = engine()
    await send(3)
    for (const nowMs of [0, 500, 999]) {
      state.nowMs = nowMs
      await queue.lookAfter(signal)
    }
    assert.equal(state.mined, 0)
    state.nowMs = 1000
    await queue.lookAfter(signal)
    assert.equal(state.mined, 1)
    state.height++
    state.nowMs = 2500
    await queue.lookAfter(signal)
    assert.equal(state.mined, 1, 'there was a block')
    state.pending = 0
    await queue.lookAfter(signal)
    const { looks } = state
    await queue.lookAfter(signal)
    assert.equal(state.looks, looks, 'an empty queue is not asked about')
  })

  it('is told so where it makes only empty ones, and started again where it goes on', async () => {
    const { state, queue, send } = engine()
    const lookAt = async (nowMs: number) => {
      state.nowMs = nowMs
      state.height += 90
      await queue.lookAfter(signal)
      return [state.mined, state.restarts]
    }
    await send(3)
    state.newest = 0
    assert.deepEqual(await lookAt(5000), [0, 0], 'they came just now')
    assert.deepEqual(await lookAt(5900), [0, 0])
    assert.deepEqual(await lookAt(6000), [1, 0])
    state.pending = 0
    assert.deepEqual(await lookAt(6500), [1, 0])
    assert.deepEqual(await lookAt(7000), [1, 1], 'empty blocks come although nothing waits')
    queue.reset()
    assert.deepEqual([await lookAt(9000), state.looks], [[1, 1], 5], 'it is not asked any more')
  })

  it('is left alone where its blocks have something in them, or it rests', async () => {
    for (const good of [{ newest: 2 }, { newest: 0, height: 181 }]) {
      const { state, queue, send } = engine()
      await send(3)
      Object.assign(state, { newest: 0 })
      for (const nowMs of [0, 1000]) {
        Object.assign(state, { nowMs, height: state.height + 90 })
        await queue.lookAfter(signal)
      }
      assert.equal(state.mined, 1)
      state.pending = 0
      for (const nowMs of [2000, 3000, 4000]) {
        Object.assign(state, { nowMs, height: state.height + 1, ...good })
        await queue.lookAfter(signal)
      }
      assert.equal(state.restarts, 0)
    }
  })
})

describe('what waits in an engine for another transaction', () => {
  it('is taken anew where it waits for nothing, and else asked about once', async () => {
    const { state, queue, send } = engine()
    const lookAt = async (nowMs: number) => {
      state.nowMs = nowMs
      await queue.lookAfter(signal)
      return state.mends
    }
    await send(3)
    Object.assign(state, { pending: 0, queued: 3, stuck: 2 })
    const mends = [await lookAt(5000), await lookAt(5900), await lookAt(6000), await lookAt(7000)]
    assert.deepEqual(mends, [0, 0, 1, 1])
    const { looks } = state
    assert.equal(await lookAt(9000), 1)
    assert.equal(state.looks, looks, 'one waits for a nonce that is not there')
    await send(1)
    Object.assign(state, { pending: 0, queued: 2, stuck: 1 })
    assert.deepEqual([await lookAt(10_000), await lookAt(11_000)], [1, 2])
    assert.equal(state.queued, 1)
  })

  it('has nothing that waits after it began again', async () => {
    const { state, queue, send } = engine()
    await send(10)
    queue.reset()
    state.pending = 0
    assert.equal(await send(10), 10)
    assert.equal(state.looks, 0)
  })
})
