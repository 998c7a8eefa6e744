import assert from 'node:assert/strict'
import { it } from 'node:test'
import { networkOf } from './strangers.ts'

it('an address of IPv6 is one of its /64, one of IPv4 is itself however it is written', () => {
  assert.equal(networkOf('192.0.2.7'), '192.0.2.7')
  assert.equal(networkOf('::ffff:192.0.2.7'), '192.0.2.7')
  for (const address of ['2001:db8:1:2::1', '2001:DB8:1:2:3:4:5:6', '2001:db8:1:2::']) {
    assert.equal(networkOf(address), '2001:db8:1:2::/64', address)
  }
  assert.equal(networkOf('2001:db8::1'), '2001:db8:0:0::/64')
  assert.equal(networkOf('::1'), '0:0:0:0::/64')
  assert.equal(networkOf('fe80::1%eth0'), 'fe80:0:0:0::/64')
})
