import assert from 'node:assert/strict'
import { it } from 'node:test'
import { proposable as byPage } from '../../portal/src/pages/alliance/proposable.ts'
import { proposable as byCommand } from '../../src/cli/proposed-acts.ts'

it('what the command line puts to the vote, a page does, too', () => {
  assert.deepEqual(Object.keys(byPage).sort(), Object.keys(byCommand).sort())
})
