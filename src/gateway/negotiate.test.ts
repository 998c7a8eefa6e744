import assert from 'node:assert/strict'
import { it } from 'node:test'
import { negotiate } from './negotiate.ts'

const offered = ['application/json', 'application/cose'] as const

it('takes the type that is asked for, by weight', () => {
  const cases: [string | undefined, string | undefined][] = [
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['application/*', 'application/json'],
    ['application/cose', 'application/cose'],
    ['Application/COSE; q=0.5', 'application/cose'],
    ['text/html, application/cose;q=0.9, */*;q=0.1', 'application/cose'],
    ['application/json;q=0.2, application/cose;q=0.8', 'application/cose'],
    ['application/json;q=0, */*', 'application/cose'],
    ['text/html', undefined],
    ['*/*;q=0', undefined],
    ['application/cose;q=2', undefined],
    [`${'a/b,'.repeat(100_000)}`, undefined],
  ]
  for (const [accept, expected] of cases) {
    assert.equal(negotiate(accept, offered), expected, accept?.slice(0, 60))
  }
})
