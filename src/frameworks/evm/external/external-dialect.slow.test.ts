import assert from 'node:assert/strict'
import { lookup } from 'node:dns'
import { describe, it, type TestContext } from 'node:test'
import { until } from '../../../testing/engine-program.ts'
import { startRestUpstream } from '../../../testing/rest-upstream.ts'
import { createExternalDialect } from './external-dialect.ts'

const limits = { timeoutMs: 600, answerBytesMax: 5000 }

/** Time stands still unless it is moved. */
function dialectOver(t: TestContext, urls: readonly string[], more = {}) {
  const time = { nowMs: 0 }
  const said: string[] = []
  const headers = { authorization: 'Bearer x' }
  const targets = urls.map((url) => ({ url: new URL(url), lookup, headers }))
  const dialect = createExternalDialect(
    { ...limits, service: 'coin', targets, ...more },
    { nowMs: () => time.nowMs, onNotice: ({ text }) => said.push(text) },
  )
  t.after(() => dialect.close())
  const { signal } = new AbortController()
  const ask = async (method: 'GET' | 'POST' = 'GET', path = '/x') => {
    const body = method === 'POST' ? Buffer.from('sent') : undefined
    const answer = await dialect.ask({ method, path, headers: {}, body, signal })
    return `${answer.status} ${answer.body}`
  }
  return { ask, said, time }
}

describe('a dialect of a chain of others', () => {
  it('puts what is asked behind the address, with the headers of the operator', async (t) => {
    const one = await startRestUpstream(t, 'one')
    const urls: Record<string, string[]> = {
      [one.url]: ['/', '/?a=/../b', '/c/%2Fd//e/'],
      [`${one.url}/`]: ['/', '/?a=/../b', '/c/%2Fd//e/'],
      [`${one.url}/v1/`]: ['/v1', '/v1?a=/../b', '/v1/c/%2Fd//e/'],
    }
    for (const [base, wanted] of Object.entries(urls)) {
      one.asked.length = 0
      const { ask } = dialectOver(t, [base])
      for (const path of ['', '?a=/../b', '/c/%2Fd//e/'])
        assert.equal(await ask('GET', path), '200 one')
      assert.deepEqual(
        one.asked.map(({ url }) => url),
        wanted,
        base,
      )
    }
    assert.equal(one.asked[0]?.headers.authorization, 'Bearer x')
  })

  it('asks the next one where one is dead, and that one again after a while', async (t) => {
    const [one, two] = [await startRestUpstream(t, 'one'), await startRestUpstream(t, 'two')]
    const { ask, said, time } = dialectOver(t, [one.url, two.url])
    assert.equal(await ask(), '200 one')
    await one.stop()
    for (let i = 0; i < 3; i++) assert.equal(await ask(), '200 two')
    assert.match(
      said.join(),
      /^127\.0\.0\.1:\d+ is not asked: (?:connect ECONNREFUSED|socket hang up)/,
    )
    assert.equal(said.length, 1)
    await two.stop()
    await assert.rejects(ask(), { code: 'CHAIN_UNAVAILABLE', retryable: true })
    await one.restart()
    await assert.rejects(ask(), { code: 'CHAIN_UNAVAILABLE', retryable: true })
    time.nowMs = 1000
    assert.equal(await ask(), '200 one')
    assert.equal(await ask(), '200 one')
    assert.equal(said.filter((text) => text.endsWith('is asked again')).length, 1)
  })
})

describe('an address of a dialect', () => {
  it('takes no bad answer for one, and leaves whoever gave it alone', async (t) => {
    const [bad, good] = [await startRestUpstream(t, 'bad'), await startRestUpstream(t, 'good')]
    const ways: [code: string, react: typeof bad.react][] = [
      ['CHAIN_TIMEOUT', () => undefined],
      ['CHAIN_UNAVAILABLE', (response) => response.destroy()],
      [
        'CHAIN_UNAVAILABLE',
        (response) => response.writeHead(200).write('x', () => response.destroy()),
      ],
      ['CHAIN_UNAVAILABLE', (response) => response.setHeader('content-encoding', 'gzip').end('x')],
      ['CHAIN_ANSWER_TOO_LARGE', (response) => response.end('x'.repeat(10_000))],
    ]
    for (const [code, react] of ways) {
      bad.react = react
      await assert.rejects(dialectOver(t, [bad.url]).ask(), { code })
      const sent = dialectOver(t, [bad.url, good.url])
      await assert.rejects(sent.ask('POST'), { code: 'CHAIN_FATE_UNKNOWN' })
      assert.equal(await dialectOver(t, [bad.url, good.url]).ask(), '200 good')
      // What one asked too much for takes nothing from others.
      const isLarge = code === 'CHAIN_ANSWER_TOO_LARGE'
      assert.equal(sent.said.length, isLarge ? 0 : 1, code)
      bad.react = bad.good
      assert.equal(await sent.ask('POST'), isLarge ? '200 bad' : '200 good', code)
    }
    assert.equal(good.asked.filter(({ method }) => method === 'POST').length, ways.length - 1)
  })

  it('passes on any status; asks another one where a question finds one away', async (t) => {
    const [one, two] = [await startRestUpstream(t, 'one'), await startRestUpstream(t, 'two')]
    const { ask, said } = dialectOver(t, [one.url, two.url])
    const withStatus = (status: number) =>
      (one.react = (response) => response.writeHead(status).end('no'))
    for (const status of [302, 400, 404, 429, 500]) {
      withStatus(status)
      assert.equal(await ask(), `${status} no`)
    }
    withStatus(503)
    assert.equal(await ask(), '200 two')
    assert.equal(await ask('POST'), '503 no')
    two.react = one.react
    assert.equal(await ask(), '503 no')
    assert.deepEqual(said, [])
  })
})

describe('an address of a dialect, beside others,', () => {
  it('is not waited for where another one answers, and is not first again', async (t) => {
    const [one, two] = [await startRestUpstream(t, 'one'), await startRestUpstream(t, 'two')]
    one.react = () => undefined
    const { ask, said, time } = dialectOver(t, [one.url, two.url], { timeoutMs: 60_000 })
    two.react = (response, asked) => {
      time.nowMs = 1000
      two.good(response, asked)
    }
    assert.equal(await ask(), '200 two')
    assert.match(said.join(), /another one was faster$/)
    assert.equal(await ask('POST'), '200 two')
    assert.equal(one.asked.length, 1)
  })

  it('is asked again as soon as it answers, though a call beside that failed', async (t) => {
    const one = await startRestUpstream(t, 'one')
    const { ask, said } = dialectOver(t, [one.url])
    const held: (() => void)[] = []
    one.react = (...both) => held.push(() => one.good(...both))
    const answer = ask()
    await until('it is asked', () => held.length === 1)
    one.react = (response) => response.destroy()
    await assert.rejects(ask(), { code: 'CHAIN_UNAVAILABLE' })
    one.react = one.good
    for (const give of held) give()
    assert.equal(await answer, '200 one')
    assert.equal(said.length, 1)
    assert.equal(await ask(), '200 one')
  })

  it('is not at fault where it was asked later, or had no time', async (t) => {
    const [one, two] = [await startRestUpstream(t, 'one'), await startRestUpstream(t, 'two')]
    const three = await startRestUpstream(t, 'three')
    two.react = () => undefined
    const urls = [one.url, two.url, three.url]
    const { ask, said, time } = dialectOver(t, urls, { timeoutMs: 60_000 })
    const later = (then: typeof one.react) => {
      one.react = (...both) => setTimeout(() => then(...both), 1100)
    }
    later((...both) => {
      time.nowMs += 5000
      one.good(...both)
    })
    assert.equal(await ask(), '200 one')
    assert.deepEqual(said, [], 'the first one is as slow')
    later((response) => response.destroy())
    assert.equal(await ask(), '200 three')
    assert.deepEqual([said.length, two.asked.length], [1, 2])
    assert.match(said.join(), /hang up/)
  })
})
