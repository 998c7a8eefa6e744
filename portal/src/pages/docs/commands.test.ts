import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { commandsOf } from './commands.ts'

describe('commandsOf', () => {
  it('leaves out what the terminal prints', () => {
    const session = '$ bsn status\nheight: 4\n$ bsn service list --json\n{"price": "$ 4"}\n'
    assert.equal(commandsOf(session), 'bsn status\nbsn service list --json')
  })
})
