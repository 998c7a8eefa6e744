import assert from 'node:assert/strict'
import { it } from 'node:test'
import { eventKey } from './event-key.ts'

it('a key of events is a name, or an expression', () => {
  assert.ok(eventKey('set')('set'))
  assert.ok(!eventKey('set')('reset'))
  assert.ok(eventKey('set.*')('settled'))
  assert.ok(eventKey('^[a-c]+\\.done$')('abc.done'))
  assert.ok(!eventKey('^[a-c]+\\.done$')('abcxdone'))
  assert.ok(eventKey('^set|drop$')('dewdrop'))
})

it('an expression that may not end is refused, and a long name is none', () => {
  const refused = { code: 'BSN_EVENT_KEY_INVALID' }
  const long = '.'.repeat(129)
  for (const bad of ['', '(a+)+$', 'a{2}', '(?=x)', '\\1', 'a*b*c*', '[a', '*', long]) {
    assert.throws(() => eventKey(bad), refused, bad)
  }
  const slow = eventKey('.*.*=')
  const start = performance.now()
  assert.ok(!slow('x'.repeat(100_000)))
  assert.ok(!slow('x'.repeat(128)))
  assert.ok(performance.now() - start < 1000)
})
