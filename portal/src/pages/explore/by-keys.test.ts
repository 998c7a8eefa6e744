import assert from 'node:assert/strict'
import { it } from 'node:test'
import { QueryClient } from '@tanstack/react-query'
import { checkByKeys } from './by-keys.ts'

it('proofs share the keys, and one that fails is checked once more by keys of now', async (t) => {
  const queries = new QueryClient()
  t.after(() => queries.clear())
  let validators = 1
  let asked = 0
  const keyBundle = async () => {
    asked++
    return Uint8Array.of(validators)
  }
  const ledger = { id: 'bsn1', client: { keyBundle } }
  const signedBy = (validator: number) =>
    checkByKeys({
      queries,
      ledger,
      ask: async () => validator,
      check: (by, [key = 0]) => key >= by,
      holds: (result) => result,
    })
  await Promise.all([signedBy(1), signedBy(1)])
  assert.equal((await signedBy(1)).result, true)
  assert.equal(asked, 1)
  validators = 2
  const { keys, result } = await signedBy(2)
  assert.deepEqual([keys, result], [Uint8Array.of(2), true])
  assert.equal(asked, 2)
  assert.equal((await signedBy(3)).result, false)
  assert.equal(asked, 3)
})
