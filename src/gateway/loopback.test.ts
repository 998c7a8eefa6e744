import assert from 'node:assert/strict'
import { it } from 'node:test'
import { isLoopback } from './loopback.ts'

it('knows the addresses that only this machine reaches', () => {
  for (const host of [
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    'localhost',
    'LOCALHOST',
    '::ffff:127.0.0.1',
  ]) {
    assert.equal(isLoopback(host), true, host)
  }
  const others = [
    '0.0.0.0',
    '::',
    '',
    '10.0.0.1',
    '127.0.0.1.evil.org',
    'localhost.evil.org',
    '1270.0.0.1',
  ]
  for (const host of [...others, '::ffff:10.0.0.1', '127.1', '0x7f.0.0.1']) {
    assert.equal(isLoopback(host), false, host)
  }
})
