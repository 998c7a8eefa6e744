import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createClient } from './client.ts'

/** A client whose gateway gives these answers in turn; `asked`: how often it was asked. */
function webhooks(...answers: (Response | Error)[]) {
  const count = { asked: 0 }
  const doFetch = async () => {
    count.asked++
    const answer = answers.shift() ?? Response.json({})
    if (answer instanceof Error) throw answer
    return answer
  }
  const gateway = 'http://127.0.0.1:8420'
  const options = { gateway, ledger: 'l', retryDelayMs: 1, fetch: doFetch as typeof fetch }
  return { count, webhooks: createClient(options).webhooks('s') }
}

const refused = Object.assign(new Error('x'), { code: 'ECONNREFUSED' })

describe('webhooks', () => {
  it('are not created, and no secret rotated, twice where an answer was lost', async () => {
    const hook = { url: 'https://example.org/' }
    const cut = webhooks(new TypeError('cut'))
    const unknown = { code: 'GATEWAY_UNREACHABLE', details: { fate: 'unknown' } }
    await assert.rejects(cut.webhooks.create(hook), unknown)
    const late = webhooks(Response.json({ code: 'X', detail: '' }, { status: 504 }))
    await assert.rejects(late.webhooks.rotate('wh_1'), { code: 'X' })
    assert.deepEqual([cut.count.asked, late.count.asked], [1, 1])
  })

  it('are tried again where nothing was sent, or done', async () => {
    const busy = Response.json({ code: 'BUSY', detail: '' }, { status: 503 })
    const { webhooks: hooks, count } = webhooks(new TypeError('x', { cause: refused }), busy)
    await hooks.create({ url: 'https://example.org/' })
    assert.equal(count.asked, 3)
  })

  it('are read again as anything is', async () => {
    const { webhooks: hooks, count } = webhooks(
      new TypeError('cut'),
      Response.json({ webhooks: [] }),
    )
    assert.deepEqual(await hooks.list(), [])
    assert.equal(count.asked, 2)
  })

  it('are listed whole, page after page', async () => {
    const pages = [{ webhooks: ['a', 'b'], next: 'x' }, { webhooks: ['c'] }]
    const { webhooks: hooks, count } = webhooks(...pages.map((page) => Response.json(page)))
    assert.deepEqual(await hooks.list(), ['a', 'b', 'c'])
    assert.equal(count.asked, 2)
  })
})
