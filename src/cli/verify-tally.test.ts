import assert from 'node:assert/strict'
import { it } from 'node:test'
import { countVotes } from '@openbsn/sdk'
import { requireRight } from './verify-tally.ts'

it('votes that do not come to what the ledger says end with a code', () => {
  const tally = countVotes([])
  const recount = { tally, decision: 'rejected', wrong: 'it is executed' } as const
  assert.throws(() => requireRight('p1', recount), {
    code: 'TALLY_WRONG',
    message: 'The proposal p1 does not add up: it is executed.',
  })
  const right = { ...recount, wrong: undefined }
  assert.equal(requireRight('p1', right), right)
})
