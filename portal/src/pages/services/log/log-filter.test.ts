import assert from 'node:assert/strict'
import { it } from 'node:test'
import { filterOf, shortPath } from './log-filter.ts'

it('what the URL says is what the log is asked', () => {
  const search = { status: '4xx', path: undefined, within: '1h', request: 7 } as const
  assert.deepEqual(filterOf(search, 10_000), { status: '4xx', from: 6400 })
  assert.deepEqual(filterOf({}, 10_000), {})
})

it('a path is told without what is the same for all of a service', () => {
  const ledger = '/api/v1/ledgers/bsn1ab'
  assert.equal(shortPath(`${ledger}/services/flights/records?key=a`), '/records?key=a')
  assert.equal(shortPath(`${ledger}/entries`), '/entries')
  assert.equal(shortPath(`${ledger}/services/flights`), '/services/flights')
  assert.equal(shortPath('/api/***/coin/rpc'), '/api/***/coin/rpc')
})
