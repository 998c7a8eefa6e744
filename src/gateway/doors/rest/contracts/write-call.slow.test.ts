import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CodedError } from '@openbsn/sdk'
import { putCredential } from '../../../../testing/access.ts'
import { contractsGateway } from '../../../../testing/contracts-gateway.ts'

const set = 'coin/contracts/shop/send/set'

/** A gateway with a contract and a credential with limits. */
async function limited(more: { writesPerDay?: number; perSecond?: number }) {
  const gateway = await contractsGateway()
  const made = await gateway.post('coin/contracts', { template: 'box', name: 'shop' })
  assert.equal(made.statusCode, 201, made.body)
  putCredential(gateway.ledger, 'few', { service: 'coin', ...more })
  return gateway
}

describe('limits of a credential on contracts', () => {
  it('count transactions of a day exactly, however they come', async () => {
    const { post, get } = await limited({ writesPerDay: 3 })
    const at = (key: string, name = 'set') =>
      post(`coin/contracts/shop/send/${name}`, { args: [key] }, { as: 'few', key })
    const answers = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((key) => at(key)))
    const statuses = answers.map(({ statusCode }) => statusCode).toSorted()
    assert.deepEqual(statuses, [201, 201, 201, 429, 429, 429, 429])
    const over = answers.find(({ statusCode }) => statusCode === 429)
    assert.equal(over?.json().code, 'QUOTA_EXCEEDED')
    assert.equal(over?.headers['x-ratelimit-remaining-day'], '0')
    assert.ok(Number(over?.headers['retry-after']) > 1)
    const repeat = await at('a')
    assert.deepEqual([repeat.statusCode, repeat.json().isRepeat], [200, true])
    const reading = await get('coin/contracts', { as: 'few' })
    assert.deepEqual(
      [reading.statusCode, reading.headers['x-ratelimit-limit-day']],
      [200, '3'],
      'reads are no writes',
    )
  })

  it('count no transaction that was rejected, not sent, or sent again', async () => {
    const { post, get, contracts } = await limited({ writesPerDay: 2 })
    const as = 'few'
    for (const key of ['a', 'b', 'c']) {
      const { statusCode } = await post('coin/contracts/shop/send/fail', {}, { as, key })
      assert.equal(statusCode, 422)
    }
    contracts.fault = new CodedError('CALL_NOT_SENT', 'no chain', { retryable: true })
    assert.equal((await post(set, {}, { as, key: 'd' })).statusCode, 503)
    const same = Array.from({ length: 8 }, () => post(set, {}, { as, key: 'e' }))
    for (const { statusCode } of await Promise.all(same))
      assert.ok([200, 201, 429].includes(statusCode))
    assert.equal((await post(set, {}, { as, key: 'f' })).statusCode, 201)
    assert.equal((await post(set, {}, { as, key: 'g' })).statusCode, 429)
    const { headers } = await get('coin/account', { as })
    assert.equal(headers['x-ratelimit-remaining-day'], '0')
    const usage = await get('../usage', { as })
    const [row] = usage.json().calls
    assert.deepEqual([row.credential, row.transactions], ['few', 2])
  })

  it('ask the framework ahead only where the day has none left', async () => {
    const { post, contracts } = await limited({ writesPerDay: 1 })
    let asked = 0
    const { status } = contracts
    contracts.status = (act) => {
      asked++
      return status(act)
    }
    const at = (key: string) => post(set, { args: ['x'] }, { as: 'few', key })
    assert.deepEqual([(await at('a')).statusCode, asked], [201, 0])
    assert.deepEqual([(await at('a')).statusCode, asked], [200, 1])
    assert.deepEqual([(await at('b')).statusCode, asked], [429, 2])
  })

  it('count a call once whose fate is unknown, however often it comes', async () => {
    const { post, contracts, get } = await limited({ writesPerDay: 5 })
    const told = { retryable: true, details: { isRepeat: true } }
    for (const [i, fault] of [{ retryable: true }, told, told].entries()) {
      // What is told of it decides: contracts in memory know no call that stays under way.
      contracts.fault = new CodedError('CALL_FATE_UNKNOWN', 'no block', fault)
      const { statusCode } = await post(set, {}, { as: 'few', key: `unknown-${i}` })
      assert.equal(statusCode, 503)
    }
    const { headers } = await get('coin/account', { as: 'few' })
    assert.equal(headers['x-ratelimit-remaining-day'], '4')
  })

  it('of a second count a call by what it costs', async () => {
    const { post, get } = await limited({ perSecond: 6 })
    const first = await post(set, { args: ['x'] }, { as: 'few' })
    assert.equal(first.statusCode, 201)
    assert.equal(Number(first.headers['x-ratelimit-remaining-second']), 1)
    assert.equal((await get('coin/contracts', { as: 'few' })).statusCode, 200)
    const over = await get('coin/contracts', { as: 'few' })
    assert.deepEqual([over.statusCode, over.json().code], [429, 'RATE_LIMITED'])
  })
})
