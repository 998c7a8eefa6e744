import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { encodeBatch, encodeCbor, signStatement, utf8 } from '@openbsn/sdk'
import type { FastifyInstance } from 'fastify'
import { testGatewayDeps } from '../../testing/gateway.ts'
import {
  credentialOf,
  keyOf,
  LedgerWorld,
  type RecordInput,
  resultOf,
} from '../../testing/ledger-world.ts'
import { namedSigner } from '../../testing/named-signer.ts'
import { createGatewayApp } from '../gateway-app.ts'
import { gatewayOptions } from '../options.ts'
import { Buckets } from './buckets.ts'
import { createStatementLimits } from './statement-limits.ts'

describe('the limit of signed statements', () => {
  let world: LedgerWorld
  let buckets: Buckets
  let ms = 0
  beforeEach(async () => {
    buckets = new Buckets({ nowMs: () => ms })
    const deps = { buckets, ledger: () => world.ledger }
    const admit = createStatementLimits({ credentialPerSecond: 8 }, deps)
    world = await LedgerWorld.create({ admit })
    await world.done('service-create', { id: 'flights', framework: 'records' })
    await world.done('credential-create', credentialOf('c1', { perSecond: 5 }))
    await world.done('credential-create', credentialOf('c2'))
  })
  afterEach(() => world.remove())

  const records = (name: string, count: number, iss = 'c1') =>
    Promise.all(Array.from({ length: count }, (_, i) => world.record(`${name} ${i}`, { iss })))
  async function submit(statements: readonly Uint8Array[]) {
    const counts: Record<string, number> = {}
    for (const outcome of await world.ledger.submit(statements)) {
      const result = String(resultOf(outcome))
      counts[result] = (counts[result] ?? 0) + 1
    }
    return counts
  }

  it('is that of each credential, counted by statement, also when all come at once', async () => {
    const batches = await Promise.all([records('a', 20), records('b', 20), records('c', 20)])
    const counts = await Promise.all(batches.map(submit))
    const appended = counts.reduce((sum, one) => sum + (one.appended ?? 0), 0)
    const limited = counts.reduce((sum, one) => sum + (one.RATE_LIMITED ?? 0), 0)
    assert.deepEqual([appended, limited], [5, 55])
    assert.deepEqual(await submit(await records('d', 10, 'c2')), { appended: 8, RATE_LIMITED: 2 })
    ms += 1000
    assert.deepEqual(await submit(await records('e', 5)), { appended: 5 })
  })

  it('is shared with the requests of the same credential', async () => {
    assert.equal(buckets.take(`${world.id} c1`, 5, 3).granted, 3)
    assert.deepEqual(await submit(await records('a', 5)), { appended: 2, RATE_LIMITED: 3 })
  })

  it('is used up by nobody else: not by copies, nor by what was made up', async () => {
    const own = await records('own', 5)
    assert.deepEqual(await submit(own), { appended: 5 })
    ms += 1000
    const copies = Array.from({ length: 20 }, () => own).flat()
    assert.deepEqual(await submit(copies), { duplicate: 100 })
    const stranger = { iss: 'c1', signer: namedSigner('c9') }
    const foreign = await Promise.all(
      Array.from({ length: 9 }, (_, i) => world.record(`x ${i}`, stranger)),
    )
    assert.deepEqual(await submit(foreign), { KEY_UNKNOWN: 9 })
    const elsewhere = await Promise.all(
      Array.from({ length: 9 }, (_, i) => world.record(`y ${i}`, { aud: 'bsn1another' })),
    )
    assert.deepEqual(await submit(elsewhere), { LEDGER_MISMATCH: 9 })
    const broken = own.map((bytes) => bytes.with(bytes.length - 1, (bytes.at(-1) ?? 0) ^ 1))
    assert.deepEqual(await submit(broken), { SIGNATURE_INVALID: 5 })
    assert.deepEqual(await submit(await records('fresh', 5)), { appended: 5 })
  })

  it('follows the state, and leaves members alone', async () => {
    assert.deepEqual(await submit(await records('a', 2)), { appended: 2 })
    for (let i = 0; i < 12; i++) {
      await world.done('service-create', { id: `other-${i}`, framework: 'records' })
    }
    // A key that comes into the state is known at once.
    assert.deepEqual(await submit(await records('b', 1, 'c3')), { KEY_UNKNOWN: 1 })
    await world.done('credential-create', credentialOf('c3', { perSecond: 1 }))
    assert.deepEqual(await submit(await records('b', 3, 'c3')), { appended: 1, RATE_LIMITED: 2 })
    const claims = { iss: 'c1', sub: 'flights', aud: world.id, iat: world.clock.now }
    const payload = utf8('the same limit, with another content type')
    const input = { contentType: 'text/csv', claims, payload }
    const more = [await signStatement(input, namedSigner('c1')), ...(await records('c', 3))]
    assert.deepEqual(await submit(more), { appended: 3, RATE_LIMITED: 1 })
  })
})

it('the limit of signed statements is read anew when the state is another one', async (t) => {
  const world = await LedgerWorld.create()
  t.after(() => world.remove())
  await world.settle()
  const buckets = new Buckets({ nowMs: () => 0 })
  const [statement] = await world.ledger.application.check([await world.record('a')])
  assert.ok(statement && 'authority' in statement)
  const { id, application } = world.ledger
  const get = (key: string) => {
    const fields = key.startsWith('key/') ? { owner: 'credential/c1' } : { perSecond: limit }
    return encodeCbor(new Map<string, string | number>(Object.entries(fields)))
  }
  let limit = 2
  let head = world.ledger.head
  const deps = { buckets, ledger: () => ({ id, application, get, head }) }
  const admit = createStatementLimits({ credentialPerSecond: 8 }, deps)
  const codes = () => [1, 2, 3, 4].map(() => admit(statement)?.code ?? 'in')
  assert.deepEqual(codes(), ['in', 'in', 'RATE_LIMITED', 'RATE_LIMITED'])
  limit = 3
  assert.deepEqual(codes(), Array(4).fill('RATE_LIMITED'))
  head = { ...head, stateRoot: head.stateRoot.slice() }
  assert.deepEqual(codes(), ['in', ...Array(3).fill('RATE_LIMITED')])
})

const [second, day] = [
  { 'x-ratelimit-limit-second': '1', 'x-ratelimit-remaining-second': '0' },
  { 'x-ratelimit-limit-day': '2', 'x-ratelimit-remaining-day': '0' },
]
const general = (limit: number, reset: number) => ({
  ...{ 'ratelimit-limit': `${limit}`, 'ratelimit-remaining': '0' },
  ...{ 'ratelimit-reset': `${reset}`, 'retry-after': `${reset}` },
})

describe('a statement that counts', () => {
  let world: LedgerWorld
  let app: FastifyInstance
  let ms = 0
  beforeEach(async () => {
    const buckets = new Buckets({ nowMs: () => ms })
    const admit = createStatementLimits(
      { credentialPerSecond: 8 },
      { buckets, ledger: () => world.ledger },
    )
    world = await LedgerWorld.create({ admit })
    await world.done('service-create', { id: 'flights', framework: 'records' })
    const { ledger } = world
    const memory = testGatewayDeps().deps
    const served = memory.ledgers.map((one) => ({ ...one, ledger }))
    app = await createGatewayApp(gatewayOptions({}), { ...memory, ledgers: served, buckets })
  })
  afterEach(() => world.remove())

  const send = (url: string, type: string, payload: Uint8Array) => {
    const headers = { 'content-type': type }
    return app.inject({ method: 'POST', url, headers, payload: Buffer.from(payload) })
  }
  const entries = () => `/api/v1/ledgers/${world.id}/entries`
  const post = async (name: string, how: RecordInput = {}, url = entries()) =>
    send(url, 'application/cose', await world.record(name, how))
  const limits = ({ headers }: Awaited<ReturnType<typeof send>>) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => /limit|retry/.test(name)))
  it('is told 429 with what headers say of its credential, as before, at either door', async () => {
    await world.done('credential-create', credentialOf('c1', { perSecond: 1 }))
    const first = await post('a')
    const { 'retry-after': _, ...used } = general(1, 1)
    assert.deepEqual([first.statusCode, limits(first)], [201, { ...second, ...used }])
    const refused = await post('b')
    assert.deepEqual([refused.statusCode, refused.json().code], [429, 'RATE_LIMITED'])
    assert.deepEqual(limits(refused), { ...second, ...general(1, 1) })
    const scitt = await post('b', {}, '/scitt/flights/entries')
    assert.deepEqual([scitt.statusCode, limits(scitt)], [429, { ...second, ...general(1, 1) }])
    // Copies are public, and who sends one is told nothing of another's limit.
    const copy = await post('a')
    assert.deepEqual([copy.statusCode, limits(copy)], [200, {}])
    ms += 1000
    const door = await post('d', {}, '/scitt/flights/entries')
    assert.deepEqual([door.statusCode, limits(door)], [201, { ...second, ...used }])
  })

  it('is told when the day ends, also where a city node signed', async () => {
    await world.done('operator-key-register', { key: keyOf('node') })
    await world.done('service-create', { id: 'points', framework: 'records', keyMode: 'key-trust' })
    const both = { writesPerDay: 2, operators: ['admin'] }
    const own = credentialOf('c1', { ...both, perSecond: 1 })
    const named = credentialOf('c2', { ...both, perSecond: 9, service: 'points' })
    for (const one of [own, named]) await world.done('credential-create', one)
    const reset = 86_400 - (world.clock.now % 86_400)
    const byNode = { iss: 'admin', sub: 'points', credential: 'c2', signer: namedSigner('node') }
    const full = { 'x-ratelimit-limit-second': '9', 'x-ratelimit-remaining-second': '9' }
    for (const [how, left] of [[{}, second] as const, [byNode, full] as const]) {
      for (const name of ['a', 'b']) {
        ms += 1000
        const taken = await post(name, how)
        const rest = name === 'a' ? '1' : '0'
        assert.equal(taken.statusCode, 201)
        assert.equal(limits(taken)['x-ratelimit-remaining-day'], rest)
      }
      ms += 1000
      const refused = await post('c', how)
      assert.deepEqual([refused.statusCode, refused.json().code], [429, 'QUOTA_EXCEEDED'])
      assert.deepEqual(limits(refused), { ...left, ...day, ...general(2, reset) })
    }
  })

  it('has no such headers in a batch, nor where something else refuses it', async () => {
    await world.done('credential-create', credentialOf('c1', { perSecond: 1 }))
    const batch = encodeBatch([await world.record('a'), await world.record('b')])
    const answer = await send(entries(), 'application/cbor-seq', batch)
    assert.match(answer.body, /RATE_LIMITED/)
    assert.deepEqual([answer.statusCode, limits(answer)], [200, {}])
    const stranger = await post('c', { signer: namedSigner('stranger') })
    assert.deepEqual([stranger.json().code, limits(stranger)], ['KEY_UNKNOWN', {}])
  })
})
