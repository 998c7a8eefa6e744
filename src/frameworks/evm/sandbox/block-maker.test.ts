import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { testPrng } from '../../../testing/seed.ts'
import { BlockMaker, type BlockMakerOptions, blockMakerOptions } from './block-maker.ts'

const { signal } = new AbortController()
const turn = (ms = 1) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** An engine that has what it was sent in a block when it is told to, so many in each. */
function engine(options: Partial<BlockMakerOptions> = {}, perBlock = Number.POSITIVE_INFINITY) {
  const waits: string[] = []
  const blocks: string[][] = []
  const made = { ms: 0, isBroken: false, isUnder: false, most: 0 }
  const maker = new BlockMaker(
    { ...blockMakerOptions, transactionsMax: 100, waitingMax: 100, ...options },
    {
      nowMs: () => performance.now(),
      pending: async () => waits.length,
      mine: async () => {
        made.isUnder = true
        await turn(made.ms)
        made.isUnder = false
        if (made.isBroken) throw new Error('it makes none')
        blocks.push(waits.splice(0, perBlock))
      },
    },
  )
  const hand = (names: readonly string[], ms = 0, who = signal) =>
    maker.hand(names.length, who, async () => {
      assert.equal(made.isUnder, false, 'nothing comes while a block is made')
      await turn(ms)
      waits.push(...names)
      made.most = Math.max(made.most, waits.length)
      return names.join()
    })
  return { maker, waits, blocks, made, hand }
}

describe('blocks of an engine that makes none by itself', () => {
  it('have what was handed over when it is answered, together what came together', async () => {
    const { hand, blocks } = engine()
    assert.equal(await hand(['a']), 'a')
    assert.deepEqual(blocks, [['a']])
    const others = [hand(['b'], 3), hand(['c', 'd'], 1)]
    await Promise.all(others)
    assert.deepEqual(blocks, [['a'], ['c', 'd', 'b']])
  })

  it('are as many as are needed, and none is empty', async () => {
    const { hand, blocks } = engine({}, 2)
    await hand(['a', 'b', 'c', 'd', 'e'])
    assert.deepEqual(blocks, [['a', 'b'], ['c', 'd'], ['e']])
  })

  it('hold at any load: random calls, each in a block when it is answered', async (t) => {
    const prng = testPrng()
    t.diagnostic(`seed ${prng.seed}`)
    const { maker, hand, blocks, made } = engine({ transactionsMax: 8 }, 5)
    let next = 0
    const lane = async () => {
      for (let n = 0; n < 20; n++) {
        const names = Array.from({ length: prng.int(1, 4) }, () => String(next++))
        await hand(names, prng.int(0, 2))
        for (const name of names) assert.ok(blocks.flat().includes(name), `seed ${prng.seed}`)
        if (prng.int(0, 9) === 0) await maker.hold(() => turn(prng.int(0, 2)))
      }
    }
    await Promise.all(Array.from({ length: 6 }, lane))
    assert.deepEqual(
      blocks
        .flat()
        .map(Number)
        .toSorted((one, other) => one - other),
      Array.from({ length: next }, (_, i) => i),
      `seed ${prng.seed}`,
    )
    assert.ok(!blocks.some(({ length }) => length === 0) && made.most <= 8, `seed ${prng.seed}`)
  })
})

describe('who hands over transactions', () => {
  it('is told of a failure, and others have their block', async () => {
    const { maker, hand, blocks } = engine()
    const failing = maker.hand(1, signal, () => Promise.reject(new RangeError('no')))
    const other = hand(['a'], 2)
    await assert.rejects(failing, RangeError)
    await other
    assert.deepEqual(blocks, [['a']])
  })

  it('has its answer where no block comes, and the block when one can be made', async () => {
    const { maker, hand, waits, blocks, made } = engine()
    made.isBroken = true
    assert.equal(await hand(['a']), 'a')
    assert.deepEqual(waits, ['a'])
    made.isBroken = false
    await maker.lookAfter()
    assert.deepEqual(blocks, [['a']])
    await maker.lookAfter()
    await maker.lookAfter()
    assert.equal(blocks.length, 1)
  })

  it('has its answer where blocks take longer than it may wait', async () => {
    const { hand, blocks, made } = engine({ blocksMsMax: 20 }, 1)
    made.ms = 15
    await hand(['a', 'b', 'c', 'd', 'e', 'f'])
    assert.ok(blocks.length < 6, `${blocks.length} blocks`)
  })

  it('has a block soon where it took longer than the others wait for it', async () => {
    const { maker, hand, blocks } = engine({ settleMsMax: 10 })
    const slow = hand(['a'], 60)
    await hand(['b'])
    await maker.lookAfter()
    assert.deepEqual(blocks, [['b']])
    await slow
    await maker.lookAfter()
    assert.deepEqual(blocks, [['b'], ['a']])
  })

  it('is refused where too many wait, or too long, and nothing was sent', async () => {
    const { maker, hand, waits, blocks } = engine({ waitingMax: 1, patienceMs: 20 })
    const { promise, resolve } = Promise.withResolvers<void>()
    const held = maker.hold(() => promise)
    const busy = { code: 'CHAIN_BUSY', retryable: true }
    const late = assert.rejects(hand(['a']), busy)
    await assert.rejects(hand(['b']), busy)
    await late
    const gone = new AbortController()
    const left = assert.rejects(hand(['c'], 0, gone.signal), busy)
    gone.abort()
    await left
    resolve()
    await held
    await hand(['d'])
    assert.deepEqual([waits, blocks], [[], [['d']]])
  })

  it('does not wait for a block after it has gone', async () => {
    const { hand, made } = engine()
    made.ms = 200
    const gone = new AbortController()
    const startMs = performance.now()
    const handed = hand(['a'], 0, gone.signal)
    setTimeout(() => gone.abort(), 20)
    assert.equal(await handed, 'a')
    assert.ok(performance.now() - startMs < 150)
  })
})

describe('what is to be alone', () => {
  it('waits for calls under way, and lets others wait', async () => {
    const { maker, hand, blocks } = engine()
    const said: string[] = []
    const first = hand(['a'], 5).then(() => said.push('first'))
    const alone = maker.hold(async () => {
      said.push(`alone with ${blocks.length} blocks`)
    })
    const later = hand(['b']).then(() => said.push('later'))
    await Promise.all([first, alone, later])
    assert.deepEqual(said, ['alone with 0 blocks', 'first', 'later'])
    assert.deepEqual(blocks, [['a'], ['b']])
  })

  it('goes on after what failed, and in the end without what does not end', async () => {
    const { maker, hand } = engine({ settleMsMax: 20 })
    await assert.rejects(
      maker.hold(() => Promise.reject(new RangeError('no'))),
      RangeError,
    )
    const { promise, resolve } = Promise.withResolvers<string>()
    const endless = maker.hand(1, signal, () => promise)
    assert.equal(await maker.hold(async () => 'taken'), 'taken')
    resolve('late')
    assert.equal(await endless, 'late')
    assert.equal(await hand(['a']), 'a')
  })

  it('is a change without a transaction; one that slipped in has its block', async () => {
    const { maker, waits, blocks } = engine()
    await maker.change(async () => void waits.push('a'))
    assert.deepEqual(blocks, [])
    await maker.lookAfter()
    assert.deepEqual(blocks, [['a']])
  })
})
