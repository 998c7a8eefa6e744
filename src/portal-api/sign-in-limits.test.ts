import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createSignInLimits } from './sign-in-limits.ts'

describe('tries to sign in', () => {
  const clock = { now: 1000, nowSeconds: () => clock.now }
  const limits = createSignInLimits({ clock })
  const fail = (account: string, network = '10.0.0.1') => limits.begin({ account, network })
  const limited = { code: 'SIGN_IN_LIMITED' }

  it('are limited for one account from one network, however its name is written', () => {
    for (let i = 0; i < 10; i++) fail('ann@x.org')
    assert.throws(() => fail(' Ann@X.org '), limited)
    fail('ann@x.org', '10.0.0.2')
    fail('bob@x.org')
  })

  it('are allowed again when a quarter of an hour is over', () => {
    clock.now += 899
    assert.throws(() => fail('ann@x.org'), { ...limited, details: { retryAfter: 1 } })
    clock.now += 1
    fail('ann@x.org')
  })

  it('do not count where they succeed', () => {
    clock.now += 900
    for (let i = 0; i < 200; i++) fail('ann@x.org').succeeded()
    fail('ann@x.org')
  })

  it('are limited from one network for all accounts, and for one account from everywhere', () => {
    clock.now += 900
    for (let i = 0; i < 50; i++) fail(`${i}@x.org`)
    assert.throws(() => fail('another@x.org'), limited)
    clock.now += 900
    for (let i = 0; i < 100; i++) fail('ann@x.org', `10.0.1.${i}`)
    assert.throws(() => fail('ann@x.org', '10.0.2.1'), limited)
  })

  it('leave nothing behind where they are refused', () => {
    clock.now += 900
    for (let i = 0; i < 50; i++) fail(`${i}@x.org`)
    clock.now += 800
    assert.throws(() => fail('ann@x.org'), limited)
    clock.now += 100
    // The quarter of an hour begins with the first of these, not with what was refused.
    for (let i = 0; i < 10; i++) fail('ann@x.org')
    assert.throws(() => fail('ann@x.org'), { ...limited, details: { retryAfter: 900 } })
  })
})
