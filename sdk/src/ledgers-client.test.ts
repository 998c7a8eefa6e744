import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createClient } from './client.ts'
import { gatewayVersion, listLedgers } from './ledgers-client.ts'

const gateway = 'http://127.0.0.1:8420'

/** A gateway that answers each path so, and remembers what it was asked. */
function answering(answers: Readonly<Record<string, unknown>>) {
  const asked: string[] = []
  const doFetch = async (url: string | URL | Request) => {
    const path = String(url).slice(gateway.length)
    asked.push(path)
    const answer = answers[path]
    if (answer instanceof Error) throw answer
    return answer instanceof Response ? answer : Response.json(answer)
  }
  return { asked, fetch: doFetch as typeof fetch }
}

describe('what a gateway serves', () => {
  it('is listed, and each ledger says where it stands', async () => {
    const summary = { id: 'bsn1aa', name: 'Ports', environment: 'live', height: 4, size: 10 }
    const base = '/api/v1/ledgers/bsn1aa'
    const { asked, fetch } = answering({
      '/api/v1/ledgers': { ledgers: [summary] },
      '/version': { name: 'openbsn', version: '1.2.3' },
      [base]: { ...summary, time: 7 },
      [`${base}/network`]: { sequencer: 'solo', height: 4 },
    })
    assert.deepEqual(await listLedgers({ gateway, fetch }), [summary])
    assert.equal(await gatewayVersion({ gateway, fetch }), '1.2.3')
    const client = createClient({ gateway, ledger: 'bsn1aa', fetch })
    assert.equal((await client.info()).time, 7)
    assert.equal((await client.network()).sequencer, 'solo')
    assert.deepEqual(asked, ['/api/v1/ledgers', '/version', base, `${base}/network`])
  })

  it('is refused by its code, with the id that the log of the gateway has', async () => {
    const problem = { code: 'RATE_LIMITED', detail: 'too many', instance: 'req-7' }
    const refused = answering({ '/api/v1/ledgers': Response.json(problem, { status: 429 }) })
    await assert.rejects(listLedgers({ gateway, ...refused }), {
      code: 'RATE_LIMITED',
      details: { status: 429, requestId: 'req-7' },
    })
    const lost = answering({ '/api/v1/ledgers': new TypeError('refused') })
    await assert.rejects(listLedgers({ gateway, ...lost }), { code: 'GATEWAY_UNREACHABLE' })
    const broken = answering({ '/version': new Response('<html>') })
    await assert.rejects(gatewayVersion({ gateway, ...broken }), { code: 'GATEWAY_ANSWER_INVALID' })
  })
})
