import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeCbor } from '@openbsn/sdk'
import { quotaStep } from '../../src/ledger/quota-count.ts'
import { credentialOf, LedgerWorld } from '../../src/testing/ledger-world.ts'
import { testPrng } from '../../src/testing/seed.ts'
import { verifyRules } from './rules-verify.ts'

const prng = testPrng()

describe('counts of writes per day', () => {
  it('go into the state when the log has passed a step, wherever restarts fall', async () => {
    const world = await (await LedgerWorld.create()).settle()
    const size = () => world.ledger.head.firstIndex + world.ledger.head.count
    const today = () => world.ledger.writtenOn('c2', world.clock.now)
    const limits = { writesPerDay: 1_000_000 }
    await world.done('credential-create', credentialOf('c2', limits))
    let [sent, settled] = [0, 0]
    while (size() < 2 * quotaStep) {
      const step = Math.floor(size() / quotaStep)
      const texts = Array.from({ length: prng.int(1, 900) }, (_, i) => `${sent + i}`)
      const batch = await Promise.all(texts.map((text) => world.record(text, { iss: 'c2' })))
      await world.ledger.submit(batch)
      sent += batch.length
      if (Math.floor(size() / quotaStep) !== step) settled = sent
      if (prng.int(0, 2) === 0) await world.reopen()
      const value = world.ledger.get('quota/c2')
      const object = value && decodeCbor(value)
      const stored = object instanceof Map ? object.get('count') : 0
      assert.deepEqual([stored, today()], [settled, sent], `seed ${prng.seed}, ${size()} entries`)
    }
    verifyRules(world, [], `seed ${prng.seed}`)
    await world.remove()
  })
})
