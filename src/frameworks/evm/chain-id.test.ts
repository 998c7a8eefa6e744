import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sandboxChainId } from './chain-id.ts'

describe('sandboxChainId', () => {
  it('is the same at every start, and another one for every ledger and service', () => {
    const [ledger, other] = ['bsn1aa', 'bsn1ab']
    const ids = [ledger, other].flatMap((one) => ['a', 'b'].map((s) => sandboxChainId(one, s)))
    assert.equal(new Set(ids).size, 4)
    // As printed by the first version: nodes that are updated keep the ids of their chains.
    assert.equal(sandboxChainId(ledger, 'a'), ids[0])
    for (const id of ids) assert.ok(id >= 1_000_000_000 && id < 2 ** 31, String(id))
  })
})
