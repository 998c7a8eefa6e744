import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createGatewayPool } from './gateway-pool.ts'
import { createGatewayProbes } from './gateway-probes.ts'

/** Gateways that answer a probe after so many steps of a clock, or with that status, or not. */
function probed(answers: Record<string, { afterMs?: number; status?: number; never?: true }>) {
  const clock = { now: 0 }
  const asked: string[] = []
  const waiting: { atMs: number; answer: () => void }[] = []
  const addresses = Object.keys(answers).map((url) => ({ url }))
  const nowMs = () => clock.now
  const options = { restMs: 10, probeMs: 1000, prefer: 'nearest', nowMs } as const
  const pool = createGatewayPool(addresses, options)
  const doFetch = (url: string) => {
    asked.push(url)
    const { afterMs = 0, status = 200, never } = answers[url.replace('/readyz', '')] ?? {}
    return new Promise<Response>((resolve, reject) => {
      const answer = never
        ? () => reject(new TypeError('closed'))
        : () => resolve(new Response('{}', { status }))
      waiting.push({ atMs: clock.now + afterMs, answer })
    })
  }
  const probes = createGatewayProbes(pool, { fetch: doFetch as typeof fetch, nowMs })
  const pass = async (toMs: number) => {
    clock.now = toMs
    for (const one of waiting.splice(0)) {
      if (one.atMs <= toMs) one.answer()
      else waiting.push(one)
    }
    await new Promise((done) => setImmediate(done))
  }
  const next = () => pool.pick(() => true)?.gateway.url
  return { pool, probes, asked, pass, next }
}

describe('probes', () => {
  it('are waited for until one gateway answered well', async () => {
    const { probes, pass, next, asked } = probed({
      'http://slow': { afterMs: 90 },
      'http://dead': { never: true },
      'http://near': { afterMs: 20 },
      'http://full': { status: 503 },
    })
    let isReady = false
    const ready = probes.ready().then(() => {
      isReady = true
    })
    await pass(0)
    assert.equal(isReady, false, 'one that is dead and one that does not serve are no choice')
    await pass(20)
    await ready
    assert.equal(next(), 'http://near')
    await pass(90)
    assert.equal(next(), 'http://near')
    assert.equal(asked.length, 4)
    await probes.ready()
    assert.equal(asked.length, 6, 'those that failed are asked again after their rest')
  })

  it('find out that a gateway is back, and who is nearer now', async () => {
    const answers = { 'http://a': { afterMs: 10 }, 'http://b': { afterMs: 50 } }
    const { probes, pass, next, pool, asked } = probed(answers)
    void probes.ready()
    await pass(10)
    await pass(50)
    const [a] = pool.gateways
    assert.ok(a)
    pool.failed(a)
    assert.equal(next(), 'http://b')
    await pass(60)
    await probes.ready()
    await probes.ready()
    assert.equal(asked.length, 3, 'one probe of a gateway at a time')
    await pass(70)
    assert.equal(next(), 'http://a')
  })

  it('are none where there is no choice, and not waited for where all are dead', async () => {
    const one = probed({ 'http://a': {} })
    await one.probes.ready()
    assert.deepEqual(one.asked, [])
    const dead = probed({ 'http://a': { never: true }, 'http://b': { status: 502 } })
    const ready = dead.probes.ready()
    await dead.pass(0)
    await ready
    assert.ok(dead.next())
  })
})
