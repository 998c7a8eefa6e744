import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkRoles, checkServiceName, fieldsOf, offersOf, rolesText } from './service-choices.ts'

describe('a new service', () => {
  it('is of a kind that some city node has', () => {
    const frameworks = ['records', 'evm', 'other'].map((name) => {
      return { name, here: name === 'evm', functions: [] }
    })
    const node = (id: string, ...has: string[]) => ({ id, frameworks: has, version: 1 })
    const offers = offersOf(frameworks, [node('a', 'records'), node('b', 'records', 'third')])
    assert.deepEqual(
      offers.map(({ name, nodes }) => [name, nodes.map(({ id }) => id)]),
      [
        ['records', ['a', 'b']],
        ['evm', []],
      ],
    )
  })

  it('has a name that the ledger takes', () => {
    const faults = (...texts: string[]) => texts.map((text) => checkServiceName(text)?.what)
    const wrong = ['Notes', 'a', '-a', 'a b', 'שלום', '<script>', 'a'.repeat(64)]
    assert.deepEqual(faults('notes', ' n-2 ', 'a'.repeat(63)), [undefined, undefined, undefined])
    assert.deepEqual(faults(...wrong), Array(wrong.length).fill('service'))
    assert.deepEqual(faults('', '  '), ['empty', 'empty'])
  })

  it('has roles with a name of their own and a function each', () => {
    const role = (name: string, functions: string, id = 0) => ({ id, name, functions })
    const fault = (...rows: ReturnType<typeof role>[]) => checkRoles(rolesText(rows))?.what
    assert.equal(fault(), undefined)
    assert.equal(fault(role('writer', 'put get'), role('reader', 'get')), undefined)
    assert.equal(fault(role('writer', '')), 'roles')
    assert.equal(fault(role('Writer', 'put')), 'roles')
    assert.equal(fault(role('a', 'put'), role(' a', 'get')), 'roles')
  })

  it('is published with what was chosen', () => {
    const roles = rolesText([{ id: 3, name: ' writer ', functions: 'put get' }])
    const chosen = { framework: 'records', keyMode: 'key-trust', readers: 'anyone' } as const
    const more = { access: 'open', functions: 'put get', roles, nodes: 'node-1' } as const
    const fields = { ...chosen, access: 'open', functions: ['put', 'get'], nodes: ['node-1'] }
    assert.deepEqual(fieldsOf({ ...chosen, ...more, name: ' notes ', isDraft: false }), {
      ...{ ...fields, id: 'notes', roles: [['writer', ['put', 'get']]] },
    })
    assert.equal(fieldsOf({ ...chosen, ...more, name: 'notes', isDraft: true }).draft, true)
  })
})
