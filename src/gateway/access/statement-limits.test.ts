import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { encodeCbor, signStatement, utf8 } from '@openbsn/sdk'
import { testGatewayDeps } from '../../testing/gateway.ts'
import { credentialOf, LedgerWorld, resultOf } from '../../testing/ledger-world.ts'
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

it('a statement over the limit is told 429, and when to come again', async (t) => {
  const buckets = new Buckets({ nowMs: () => 0 })
  const deps = { buckets, ledger: () => world.ledger }
  const admit = createStatementLimits({ credentialPerSecond: 8 }, deps)
  const world = await LedgerWorld.create({ admit })
  t.after(() => world.remove())
  await world.done('service-create', { id: 'flights', framework: 'records' })
  await world.done('credential-create', credentialOf('c1', { perSecond: 1 }))
  const { ledger } = world
  const memory = testGatewayDeps().deps
  const served = memory.ledgers.map((one) => ({ ...one, ledger }))
  const app = await createGatewayApp(gatewayOptions({}), { ...memory, ledgers: served, buckets })
  const post = async (name: string) => {
    const payload = Buffer.from(await world.record(name))
    const url = `/api/v1/ledgers/${ledger.id}/entries`
    const headers = { 'content-type': 'application/cose' }
    return app.inject({ method: 'POST', url, headers, payload })
  }
  assert.equal((await post('a')).statusCode, 201)
  const second = await post('b')
  assert.deepEqual([second.statusCode, second.json().code], [429, 'RATE_LIMITED'])
  assert.equal(second.headers['retry-after'], '1')
  assert.equal((await post('a')).statusCode, 200)
})
