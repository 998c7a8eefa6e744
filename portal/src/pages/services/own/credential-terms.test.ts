import assert from 'node:assert/strict'
import { it } from 'node:test'
import { endOf, scopesAtFirst, scopesOf } from './credential-terms.ts'

const frameworks = [
  {
    name: 'records',
    here: true,
    functions: [
      { name: 'put', scopes: ['records:write'] },
      { name: 'get', scopes: ['records:read'] },
      { name: 'list', scopes: ['records:read'] },
      { name: 'events', scopes: ['events:read', 'webhooks:write'] },
    ],
  },
]

it('a credential is made for what the functions of its service ask for', () => {
  const service = { framework: 'records', functions: ['get', 'list', 'events'] }
  const all = scopesOf(service, frameworks)
  assert.deepEqual(all, ['records:read', 'events:read', 'webhooks:write'])
  assert.equal(scopesAtFirst(all), 'records:read')
  assert.deepEqual(scopesOf({ framework: 'other', functions: ['get'] }, frameworks), [])
})

it('a credential ends when its life is over, or never', () => {
  assert.equal(endOf('never', 1000), undefined)
  assert.equal(endOf('month', 1000), 1000 + 30 * 86_400)
})
