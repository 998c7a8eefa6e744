import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { type Faults, NonceChain } from '../../../testing/nonce-chain.ts'
import { createPrng } from '../../../testing/prng.ts'
import { testAccounts } from '../../../testing/sandbox-world.ts'
import { testPrng } from '../../../testing/seed.ts'
import type { Chain } from '../chain.ts'
import { createSender } from './sender.ts'

const { signal } = new AbortController()
const none = { away: 0, lostAnswer: 0, lostHalf: 0, refusal: 0, forgets: 0, stranger: 0, crash: 0 }
const quick = { pollMs: 3, retryMs: 1, stuckMs: 30, doubtMs: 15, dropMs: 10, batchMax: 8 }

/** Sends 60 while things go wrong, then lets all come to rest, and compares with what was told. */
async function run(
  t: TestContext,
  { seed, kind, faults }: { seed: number; kind: Chain['kind']; faults: Partial<Faults> },
) {
  const prng = createPrng(seed)
  const chain = new NonceChain(kind, prng)
  const account = testAccounts(t).of('coin', 'till')
  const deps = { chain, nowMs: () => performance.now(), onNotice: () => undefined }
  const sender = createSender(quick, deps)
  const mining = setInterval(() => chain.mine(prng.int(0, 6)), 2)
  t.after(async () => {
    clearInterval(mining)
    await sender.close()
  })
  const dropped = new Map<string, string>()
  const placeOf = (n: number) => `0x${n.toString(16).padStart(40, '0')}` as const
  const places = Array.from({ length: 60 }, (_, n) => placeOf(n + 1))
  chain.faults = { ...none, ...faults }
  const told = await Promise.allSettled(
    places.map(async (to, n) => {
      await new Promise((resolve) => setTimeout(resolve, prng.int(0, 40)))
      const data = n % 10 === 9 ? '0x00' : '0x'
      const sent = await sender.send({ account, to, data, value: 0n }, signal)
      void sent.dropped.then(({ code }) => dropped.set(to, code))
      return sent
    }),
  )
  chain.faults = none
  // It is quiet when one more that comes last is in a block, and none waits.
  const last = await sender.send({ account, to: placeOf(99), data: '0x', value: 0n }, signal)
  const isOver = () =>
    chain.queued === 0 && chain.blocks.some(({ hash }) => last.hashes().includes(hash as '0x'))
  const startMs = performance.now()
  while (!isOver()) {
    assert.ok(performance.now() - startMs < 5000, `seed ${seed}: ${chain.queued} wait for ever`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await new Promise((resolve) => setTimeout(resolve, 100))
  return { chain, places, told, dropped }
}

type Result = Awaited<ReturnType<typeof run>>

/** What was told is what is in the blocks. */
function check({ chain, places, told, dropped }: Result, said: string) {
  const codes = new Map<string, number>()
  for (const [n, to] of places.entries()) {
    const times = chain.blocks.filter((one) => one.to?.toLowerCase() === to).length
    const one = told[n]
    const code = one?.status === 'rejected' ? one.reason.code : (dropped.get(to) ?? 'sent')
    codes.set(code, (codes.get(code) ?? 0) + 1)
    const which = `${said}, transaction ${n}: ${code}, ${times} times`
    assert.ok(times <= 1, which)
    const isLost = [...chain.lost].some((place) => place.toLowerCase() === to)
    if (code === 'sent' && !isLost) assert.equal(times, 1, which)
    if (code !== 'sent' && code !== 'CALL_FATE_UNKNOWN') assert.equal(times, 0, which)
    if (n % 10 === 9) assert.equal(times, 0, which)
  }
  assert.equal(chain.queued, 0, said)
  return codes
}

const worlds: [string, Chain['kind'], Partial<Faults>][] = [
  ['nothing goes wrong', 'sandbox', {}],
  ['answers are lost', 'sandbox', { away: 15, lostAnswer: 10, lostHalf: 10 }],
  ['transactions are refused and forgotten', 'external', { refusal: 10, forgets: 30 }],
  ['somebody else uses the account', 'sandbox', { stranger: 30 }],
  ['the chain goes back', 'sandbox', { crash: 4 }],
  [
    'all of it',
    'sandbox',
    { away: 5, lostAnswer: 5, lostHalf: 5, refusal: 5, forgets: 10, stranger: 10, crash: 2 },
  ],
  [
    'all but going back, on a chain of others',
    'external',
    { away: 5, lostAnswer: 5, lostHalf: 5, refusal: 5, forgets: 10, stranger: 10 },
  ],
]

describe('a sender, compared with a model of a chain', () => {
  for (const [what, kind, faults] of worlds) {
    it(`tells what becomes of each, where ${what}`, async (t) => {
      const { seed } = testPrng()
      const total = new Map<string, number>()
      for (let round = 0; round < 8; round++) {
        const own = seed * 1000 + round
        const result = await run(t, { seed: own, kind, faults })
        const codes = check(result, `SEED=${seed}, round ${round}`)
        for (const [code, count] of [...codes, ...result.chain.happened])
          total.set(code, (total.get(code) ?? 0) + count)
      }
      t.diagnostic([...total].map(([code, count]) => `${code} ${count}`).join(', '))
    })
  }
})
