import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { apiKeyOf } from '../testing/access.ts'
import { boxContract, contractsGateway } from '../testing/contracts-gateway.ts'
import { testGatewayDeps, testStatement } from '../testing/gateway.ts'
import { Receiver } from '../testing/receiver.ts'

/** A gateway that listens, over services of both frameworks. */
async function listening(t: TestContext, parts = testGatewayDeps()) {
  const settings = { webhookAllow: ['127.0.0.0/8'], streamGatherMs: 5 }
  const gateway = await contractsGateway(settings, { parts })
  const address = await gateway.app.listen({ host: '127.0.0.1', port: 0 })
  t.after(() => gateway.app.close())
  /** The first events of a stream. */
  async function stream(path: string, service: string, count: number) {
    const url = `${address}${gateway.base}/services/${service}/events${path}`
    const headers = { authorization: `Bearer ${apiKeyOf(`${service}-key`)}` }
    const { status, body } = await fetch(url, { headers })
    assert.equal(status, 200)
    const reader = (body ?? assert.fail('a stream has a body')).getReader()
    let text = ''
    const events = () => [...text.matchAll(/^data: (.*"specversion".*)$/gm)]
    while (events().length < count) text += new TextDecoder().decode((await reader.read()).value)
    await reader.cancel()
    return events().map(([, data]) => JSON.parse(data ?? ''))
  }
  /** Has the contract `shop`, or another one, keep texts. */
  async function keep(contract: string, ...texts: string[]) {
    for (const text of texts) {
      const path = `coin/contracts/${contract}/send/set`
      const { statusCode, body } = await gateway.post(path, { args: [text] })
      assert.equal(statusCode, 201, body)
    }
  }
  for (const name of ['shop', 'other'])
    await gateway.post('coin/contracts', { ...boxContract, name })
  return { ...gateway, stream, keep }
}

const textOf = ({ data }: { data: { args: { text: string } } }) => data.args.text

describe('events of services by their framework', () => {
  it('are streamed as the framework has them, with its filters', async (t) => {
    const { stream, keep, ledger } = await listening(t)
    await keep('shop', 'a', 'b')
    await keep('other', 'c')
    const all = await stream('?from=0', 'coin', 3)
    assert.deepEqual(all.map(textOf), ['a', 'b', 'c'])
    const [first] = all
    assert.equal(first.type, 'org.openbsn.log')
    assert.deepEqual([first.subject, first.position], ['shop', '0'])
    assert.match(first.transaction, /^0x/)
    assert.deepEqual((await stream('?from=0&key=other', 'coin', 1)).map(textOf), ['c'])
    assert.deepEqual((await stream(`?from=0&key=${first.data.contract}`, 'coin', 2)).length, 2)
    const type = encodeURIComponent('application/json;event=Changed')
    assert.equal((await stream(`?from=1&contentType=${type}`, 'coin', 2)).length, 2)
    await ledger.submit([await testStatement(ledger, 'record')])
    const [record] = await stream('?from=0', 'flights', 1)
    assert.equal(record.type, 'org.openbsn.record')
  })

  it('are sent to webhooks, which begin where the framework is', async (t) => {
    const { ask, post, get, keep } = await listening(t)
    const receiver = await Receiver.create()
    t.after(() => receiver.down())
    await keep('shop', 'before')
    const made = await post('coin/webhooks', { url: receiver.url, filter: { key: 'shop' } })
    assert.equal(made.json().position, 1)
    await keep('shop', 'after')
    await receiver.until(() => receiver.history.length > 0)
    const [{ body } = { body: '' }] = receiver.history
    assert.equal(textOf(JSON.parse(body)), 'after')
    const flights = { as: 'flights-key' }
    const other = await ask('POST', 'flights/webhooks', { url: receiver.url }, flights)
    assert.deepEqual([other.statusCode, other.json().head], [201, 0])
    assert.deepEqual((await get('coin/events/consumers')).json(), { consumers: [] })
  })

  it('are refused where this node does not run the framework, and others go on', async (t) => {
    const parts = testGatewayDeps()
    const { app, post } = await listening(t, parts)
    const receiver = await Receiver.create()
    t.after(() => receiver.down())
    for (const as of ['coin-key', 'flights-key']) {
      const service = as.replace('-key', '')
      await post(`${service}/webhooks`, { url: receiver.url, from: 0 }, { as })
    }
    await app.close()
    const settings = { webhookAllow: ['127.0.0.0/8'], streamGatherMs: 5 }
    const again = await contractsGateway(settings, { parts, hasContracts: false })
    await again.app.listen({ host: '127.0.0.1', port: 0 })
    t.after(() => again.app.close())
    for (const path of ['events', 'events/consumers', 'webhooks', 'contracts', 'requests/x']) {
      const { statusCode, json } = await again.get(`coin/${path}`)
      assert.deepEqual([statusCode, json().code], [404, 'SERVICE_ELSEWHERE'], path)
    }
    const { ledger, lines } = again
    await ledger.submit([await testStatement(ledger, 'record')])
    await receiver.until(() => receiver.history.length > 0)
    assert.equal(JSON.parse(receiver.history[0]?.body ?? '').type, 'org.openbsn.record')
    assert.ok(lines.some((line) => JSON.parse(line).event === 'webhook.failed'))
  })
})
