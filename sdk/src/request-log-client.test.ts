import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createClient } from './client.ts'

/** A client whose gateway gives these pages in turn; `asked`: the queries it was asked with. */
function requestLog(...pages: readonly object[]) {
  const asked: string[] = []
  const doFetch = async (url: string) => {
    asked.push(String(url).replace(/^.*request-log/, ''))
    return Response.json(pages[asked.length - 1] ?? { requests: [], newest: 9 })
  }
  const gateway = 'http://127.0.0.1:8420'
  const options = { gateway, ledger: 'l', fetch: doFetch as unknown as typeof fetch }
  return { asked, log: createClient(options).requestLog('s') }
}

describe('the request log', () => {
  it('is listed by filters', async () => {
    const { log, asked } = requestLog({ requests: [], newest: 3 })
    assert.equal((await log.list({ status: '4xx', path: 'a b', limit: 2 })).newest, 3)
    assert.deepEqual(asked, ['?status=4xx&path=a+b&limit=2'])
  })

  it('is followed from now on, in order, until nobody wants more', async () => {
    const { log, asked } = requestLog(
      { requests: [{ number: 4 }], newest: 4 },
      { requests: [{ number: 5 }, { number: 6 }], newest: 6 },
      { requests: [], newest: 6 },
      { requests: [{ number: 8 }], newest: 8 },
    )
    const gone = new AbortController()
    const seen: number[] = []
    for await (const { number } of log.follow(
      { method: 'GET' },
      { everyMs: 1, signal: gone.signal },
    )) {
      seen.push(number)
      if (number === 8) gone.abort()
    }
    assert.deepEqual(seen, [5, 6, 8])
    const queries = [
      '?limit=1',
      '?method=GET&after=4',
      '?method=GET&after=6',
      '?method=GET&after=6',
    ]
    assert.deepEqual(asked, queries)
  })

  it('is followed from a number that is said', async () => {
    const { log, asked } = requestLog({ requests: [{ number: 3 }], newest: 3 })
    for await (const { number } of log.follow({ after: 2 })) {
      assert.equal(number, 3)
      break
    }
    assert.deepEqual(asked, ['?after=2'])
  })
})
