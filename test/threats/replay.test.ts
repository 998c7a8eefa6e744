import assert from 'node:assert/strict'
import { type OutgoingHttpHeaders, request } from 'node:http'
import { describe, it, type TestContext } from 'node:test'
import { encodeBatch, sha256, signRequest, utf8 } from '@openbsn/sdk'
import { apiKeyOf } from '../../src/testing/access.ts'
import { credentialOf } from '../../src/testing/ledger-world.ts'
import { namedSigner } from '../../src/testing/named-signer.ts'
import { bearer } from './drive.ts'
import { openSides, publish, type Side } from './world.ts'

const testKey = apiKeyOf('c1', 'test')

/** The same service and the same credential, with the same key, on both ledgers; two gateways. */
async function openTwins(t: TestContext) {
  const { live, sandbox, gateway } = await openSides(t)
  for (const side of [live, sandbox]) {
    await publish(side, 'flights')
    await publish(side, 'hotels')
    const key = side === live ? apiKeyOf('c1') : testKey
    const apiKeys = [[sha256(utf8(key)), 'c1']]
    const more = { apiKeys, operators: ['admin'], scopes: ['records:write', 'webhooks:write'] }
    await side.world.done('credential-create', credentialOf('c1', more))
  }
  const gateways = [await gateway(), await gateway()] as const
  /** Entries of the two ledgers. */
  const sizes = () =>
    [live, sandbox].map(({ world: { ledger } }) => ledger.head.firstIndex + ledger.head.count)
  return { live, sandbox, gateways, sizes }
}
type Twins = Awaited<ReturnType<typeof openTwins>>
type Gateway = Twins['gateways'][number]

type Told = { readonly status: number; readonly code?: string; readonly index?: number }

/** Sends a request as it is, with whatever Host; `fetch` would set its own. */
function send(
  url: string,
  method: string,
  headers: OutgoingHttpHeaders,
  body?: Uint8Array,
): Promise<Told> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part) => parts.push(part))
      response.on('end', () => {
        const isJson = /json$|json;/.test(String(response.headers['content-type']))
        const told = isJson ? JSON.parse(Buffer.concat(parts).toString()) : {}
        const [outcome = told] = told.outcomes ?? []
        resolve({ ...outcome, status: response.statusCode ?? 0 })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Every door that takes a signed statement, at one gateway, for one ledger. */
function statementDoors({ base, address }: Gateway, side: Side, statement: Uint8Array) {
  const post = (url: string, type: string, body: Uint8Array) => () =>
    send(url, 'POST', { 'content-type': type }, body)
  const entries = `${base(side)}/entries`
  const text = JSON.stringify({ statements: [Buffer.from(statement).toString('base64url')] })
  return [
    post(entries, 'application/cose', statement),
    post(entries, 'application/cbor-seq', encodeBatch([statement])),
    post(entries, 'application/json', utf8(text)),
    post(`${address}/scitt/flights/entries`, 'application/cose', statement),
  ]
}

const writeRecord = (gateway: Gateway, side: Side, key: string, apiKey: string, value: string) =>
  send(
    `${gateway.base(side)}/services/flights/records`,
    'POST',
    {
      ...{ 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
      'idempotency-key': key,
    },
    utf8(JSON.stringify({ value })),
  )

describe('a signed statement', () => {
  it('has one effect, by whatever doors and gateways it comes, at one time or later', async (t) => {
    const { live, gateways, sizes } = await openTwins(t)
    for (let first = 0; first < 4; first++) {
      const [size = 0, other] = sizes()
      const how = { cti: utf8(`act ${first}`) }
      const statement = await live.world.record(`statement ${first}`, how)
      const doors = gateways.flatMap((gateway) => statementDoors(gateway, live, statement))
      const told = [await doors[first]?.()]
      told.push(...(await Promise.all([...doors, ...doors].map((door) => door()))))
      for (const one of told) assert.ok(one && one.status < 300, JSON.stringify(one))
      const places = new Set(told.map((one) => one?.index).filter((index) => index !== undefined))
      assert.equal(places.size, 1, 'all name the same entry')
      assert.deepEqual(sizes(), [size + 1, other])
    }
    const statement = await live.world.record('all at once', { cti: utf8('at once') })
    const [size = 0] = sizes()
    const doors = gateways.flatMap((gateway) => statementDoors(gateway, live, statement))
    await Promise.all([...doors, ...doors, ...doors].map((door) => door()))
    assert.equal(sizes()[0], size + 1)
  })

  it('is worth nothing on another ledger or for another service', async (t) => {
    const { live, sandbox, gateways, sizes } = await openTwins(t)
    const before = sizes()
    const statement = await live.world.record('for live alone')
    const act = await live.world.act('service-create', { id: 'trains', framework: 'records' })
    for (const gateway of gateways) {
      for (const made of [statement, act]) {
        for (const door of statementDoors(gateway, sandbox, made).slice(0, 3)) {
          assert.equal((await door()).code, 'LEDGER_MISMATCH')
        }
      }
      const hotels = `${gateway.address}/scitt/hotels/entries`
      const cose = { 'content-type': 'application/cose' }
      assert.equal((await send(hotels, 'POST', cose, statement)).status, 400)
    }
    assert.deepEqual(sizes(), before)
    // What was refused elsewhere is still good where it belongs.
    const [gateway] = gateways
    assert.equal((await statementDoors(gateway, live, statement)[0]?.())?.status, 201)
  })
})

describe('a record in JSON', () => {
  it('has one effect for its key at both gateways, also as a statement', async (t) => {
    const { live, sandbox, gateways, sizes } = await openTwins(t)
    const [a, b] = gateways
    const [size = 0, other = 0] = sizes()
    const first = await writeRecord(a, live, 'key', apiKeyOf('c1'), 'x')
    assert.equal(first.status, 201)
    for (const gateway of [a, b, a]) {
      const again = await writeRecord(gateway, live, 'key', apiKeyOf('c1'), 'x')
      assert.deepEqual([again.status, again.index], [200, first.index])
      const reused = await writeRecord(gateway, live, 'key', apiKeyOf('c1'), 'y')
      assert.equal(reused.code, 'IDEMPOTENCY_KEY_REUSED')
    }
    const statement = live.world.ledger.entry(first.index ?? -1)?.statement ?? assert.fail()
    for (const gateway of gateways) {
      for (const door of statementDoors(gateway, live, statement)) {
        assert.ok((await door()).status < 300)
      }
      for (const door of statementDoors(gateway, sandbox, statement).slice(0, 3)) {
        assert.match(String((await door()).code), /^(KEY_UNKNOWN|LEDGER_MISMATCH)$/)
      }
      const strange = await writeRecord(gateway, sandbox, 'key', apiKeyOf('c1'), 'x')
      assert.equal(strange.code, 'CREDENTIAL_WRONG_ENVIRONMENT')
    }
    assert.deepEqual(sizes(), [size + 1, other])
    // There the same key is another act, by the credential of that ledger.
    assert.equal((await writeRecord(b, sandbox, 'key', testKey, 'x')).status, 201)
    assert.deepEqual(sizes(), [size + 1, other + 1])
  })
})

describe('a signed request', () => {
  it('has one effect at the gateway, ledger, path and door that it was signed for', async (t) => {
    const { live, sandbox, gateways, sizes } = await openTwins(t)
    const [a, b] = gateways
    const created = live.world.clock.now
    const body = utf8('{"value":"signed"}')
    const path = '/services/flights/records'
    const url = a.base(live) + path
    const own = { 'content-type': 'application/json', 'idempotency-key': 'key' }
    const toSign = { method: 'POST', url, headers: own, body }
    const signed = await signRequest(toSign, namedSigner('c1'), { created, nonce: 'n' })
    const { host } = new URL(a.address)
    const headers = { ...own, ...signed, host }
    const before = sizes()
    type Change = readonly [code: string, url: string, more?: OutgoingHttpHeaders, body?: string]
    const changes: readonly Change[] = [
      ['AUTHORITY_UNKNOWN', b.base(live) + path],
      ['CREDENTIAL_UNKNOWN', b.base(live) + path, { host: new URL(b.address).host }],
      ['CREDENTIAL_UNKNOWN', a.base(sandbox) + path],
      ['CREDENTIAL_UNKNOWN', `${a.base(live)}/services/hotels/records`],
      ['CREDENTIAL_UNKNOWN', `${url}?include=receipt`],
      ['CREDENTIAL_UNKNOWN', url, { 'idempotency-key': 'another' }],
      ['CONTENT_DIGEST_MISMATCH', url, {}, '{"value":"forged"}'],
      ['AUTHENTICATION_AMBIGUOUS', url, bearer('c1')],
    ]
    for (const [code, to, more = {}, text] of changes) {
      const bytes = text === undefined ? body : utf8(text)
      assert.equal((await send(to, 'POST', { ...headers, ...more }, bytes)).code, code, to)
    }
    const erase = `${a.base(live)}/services/flights/subjects/customer`
    assert.equal((await send(erase, 'DELETE', { ...signed, host })).status, 400)
    assert.deepEqual(sizes(), before, 'none of them had an effect, or used up the signature')
    const together = Array.from({ length: 20 }, () => send(url, 'POST', headers, body))
    const told = (await Promise.all(together)).map(({ status, code }) => code ?? status)
    assert.equal(told.filter((one) => one === 201).length, 1)
    assert.equal(told.filter((one) => one === 'SIGNATURE_REPLAYED').length, 19)
    live.world.clock.now += 61
    assert.equal((await send(url, 'POST', headers, body)).code, 'SIGNATURE_TIME_INVALID')
    const [size = 0, other] = before
    assert.deepEqual(sizes(), [size + 1, other])
  })
})
