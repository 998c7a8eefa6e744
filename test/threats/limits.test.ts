import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { type CborValue, encodeBatch, sha256, signRequest, utf8 } from '@openbsn/sdk'
import { apiKeyOf } from '../../src/testing/access.ts'
import { namedSigner } from '../../src/testing/named-signer.ts'
import { bearer } from './drive.ts'
import { grant } from './tenants.ts'
import { openSides, publish } from './world.ts'

type Ask = (number: number) => Promise<number>

/** A credential with a limit, two gateways, and ways to use it: how many writes each appended. */
async function openLimited(t: TestContext, limit: Record<string, CborValue>) {
  const { live, gateway } = await openSides(t)
  const { world } = live
  await publish(live, 'flights')
  const apiKeys = ['c1', 'c1 again'].map((name) => [sha256(utf8(apiKeyOf(name))), name])
  await grant(live, 'c1', { service: 'flights', apiKeys, ...limit })
  const gateways = [await gateway(), await gateway()]
  const url = (number: number, path: string) =>
    `${gateways[number % 2]?.base()}/services/flights${path}`
  const json = { 'content-type': 'application/json' }

  const post = (to: string, headers: Record<string, string>, body: Uint8Array | string) =>
    fetch(to, { method: 'POST', headers, body: Buffer.from(body) })
  const appendedBy = async (answer: Response) => {
    if (answer.status === 201) return 1
    if (answer.status !== 200) return 0
    const { outcomes = [] } = await answer.json()
    return outcomes.filter((one: { outcome: string }) => one.outcome === 'appended').length
  }
  const record = (number: number, name: string) => {
    const headers = { ...json, ...bearer(name) }
    return post(url(number, '/records'), headers, `{"value":${number}}`).then(appendedBy)
  }
  const statement = (number: number) => world.record(`statement ${number}`)
  const ways: readonly Ask[] = [
    (number) => record(number, 'c1'),
    (number) => record(number, 'c1 again'),
    async (number) => {
      const body = `{"records":[{"value":${number}},{"value":"${number}"},{"value":[${number}]}]}`
      return appendedBy(await post(url(number, '/records'), { ...json, ...bearer('c1') }, body))
    },
    async (number) => {
      const request = { method: 'POST', url: url(number, '/records'), headers: json }
      const body = utf8(`{"value":"signed ${number}"}`)
      const how = { created: world.clock.now, nonce: String(number) }
      const signed = await signRequest({ ...request, body }, namedSigner('c1'), how)
      return appendedBy(await post(request.url, { ...json, ...signed }, body))
    },
    async (number) => {
      const to = `${gateways[number % 2]?.base()}/entries`
      const batch = encodeBatch([await statement(number), await statement(number + 0.5)])
      return appendedBy(await post(to, { 'content-type': 'application/cbor-seq' }, batch))
    },
    async (number) => {
      const to = `${gateways[number % 2]?.address}/scitt/flights/entries`
      const type = { 'content-type': 'application/cose' }
      return appendedBy(await post(to, type, await statement(number)))
    },
  ]
  /** So many requests at one time, by all ways in turn; how many writes were appended. */
  async function burst(count: number, step = 1): Promise<number> {
    const requests = Array.from({ length: count }, (_, i) => {
      // Both gateways get every way: a step is odd.
      const way = ways[Math.floor(i / 2) % ways.length] ?? assert.fail()
      return way(i * step)
    })
    return (await Promise.all(requests)).reduce((sum, one) => sum + one, 0)
  }
  const size = () => world.ledger.head.firstIndex + world.ledger.head.count
  return { world, burst, size, url }
}

describe('a limit, when everything comes at one time', () => {
  it('of writes a day is exact: over gateways, doors, keys and batches', async (t) => {
    const { world, burst, size } = await openLimited(t, { writesPerDay: 37 })
    const before = size()
    assert.equal(await burst(120), 37)
    assert.equal(size() - before, 37)
    assert.equal(await burst(24, 1001), 0)
    world.clock.now += 86_400
    assert.equal(await burst(120, 10_001), 37)
    assert.equal(size() - before, 2 * 37)
  })

  it('of requests a second is never passed at a gateway, and none of it is lost', async (t) => {
    const limit = 9
    const { burst } = await openLimited(t, { perSecond: limit })
    for (let step = 1; step <= 3; step++) {
      const start = performance.now()
      const appended = await burst(120, 1001 ** step)
      const seconds = Math.floor((performance.now() - start) / 1000) + 1
      t.diagnostic(`${appended} in ${seconds} s`)
      // Signed statements count at the gateway of the ledger alone; each gateway has its own count.
      assert.ok(appended <= 2 * limit * seconds, `${appended} in ${seconds} s`)
      assert.ok(appended >= limit, `${appended} are fewer than one gateway allows`)
      await new Promise((resolve) => setTimeout(resolve, 1000))
    }
  })

  it('of webhooks and of streams is not passed either', async (t) => {
    const { url } = await openLimited(t, {})
    const headers = { 'content-type': 'application/json', ...bearer('c1') }
    const body = '{"url":"http://127.0.0.1:1024/"}'
    const hooks = Array.from({ length: 60 }, () =>
      fetch(url(0, '/webhooks'), { method: 'POST', headers, body }),
    )
    const made = (await Promise.all(hooks)).filter(({ status }) => status === 201)
    assert.equal(made.length, 20)
    const streams = Array.from({ length: 60 }, () =>
      fetch(url(0, '/events'), { headers: bearer('c1') }),
    )
    const answers = await Promise.all(streams)
    assert.equal(answers.filter(({ status }) => status === 200).length, 20)
    assert.equal(answers.filter(({ status }) => status === 429).length, 40)
    for (const { body: stream } of answers) await stream?.cancel()
  })
})
