import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { IndexedTransaction } from '../blocks/indexed-transactions.ts'
import { outcomeOf } from './transaction-outcome.ts'

const found: IndexedTransaction = {
  ...{ hash: '0xab', height: 7, blockHash: '0x', time: 1_800_000_000, place: 0, status: 1 },
  ...{ from: '0x', to: undefined, created: undefined, gasUsed: 0n, input: '0x', act: undefined },
}

it('what became of an act is what the peers say of its transaction', () => {
  const place = { transaction: 'ab', height: 7, time: 1_800_000_000 }
  assert.deepEqual(outcomeOf(found), { state: 'committed', place, isRepeat: false })
  const refused = outcomeOf({ ...found, status: 0, gasUsed: 10n })
  assert.ok(refused.state === 'rejected' && refused.code === 'TRANSACTION_REFUSED')
  assert.match(refused.detail, /ENDORSEMENT_POLICY_FAILURE/)
  for (const code of [11n, 12n]) {
    const late = outcomeOf({ ...found, status: 0, gasUsed: code })
    assert.ok(late.state === 'rejected' && late.code === 'TRANSACTION_CONFLICT')
  }
})
