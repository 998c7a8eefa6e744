import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { CheckResult } from '../crypto/check-pool.ts'
import { LedgerWorld } from '../testing/ledger-world.ts'
import { namedSigner } from '../testing/named-signer.ts'

describe('a proposal of others', () => {
  let world: LedgerWorld
  before(async () => {
    world = await (await LedgerWorld.create()).settle()
  })
  after(() => world.remove())

  const next = () => ({ height: world.ledger.head.height + 1, time: world.clock.now })
  const checked = async (...statements: Uint8Array[]): Promise<CheckResult[]> =>
    world.ledger.application.check(statements)
  const verdict = (at: { height: number; time: number }, results: readonly CheckResult[] = []) =>
    world.ledger.application.process(at, results)

  it('is taken where it comes next, with what can be executed', async () => {
    const results = await checked(await world.record('one'))
    assert.deepEqual(verdict(next(), results), { ...next(), statements: results })
    const { time } = world.ledger.head
    assert.ok(!('unfit' in verdict({ ...next(), time })))
  })

  it('is refused for its height or its time', () => {
    const { height, time } = next()
    for (const at of [
      { height: height - 1, time },
      { height: height + 1, time },
      { height, time: world.ledger.head.time - 1 },
    ]) {
      const said = verdict(at)
      assert.ok('unfit' in said, JSON.stringify(at))
    }
  })

  it('is refused for a broken signature; what an unknown key signed is left out', async () => {
    const good = await world.record('good')
    const broken = good.with(-1, (good.at(-1) ?? 0) ^ 1)
    const said = verdict(next(), await checked(good, broken))
    assert.ok('unfit' in said, 'a broken signature')
    assert.match(said.unfit, /signature does not hold/)
    const foreign = await world.record('foreign', { signer: namedSigner('nobody') })
    const taken = verdict(next(), await checked(good, foreign))
    assert.ok(!('unfit' in taken))
    assert.equal(taken.statements.length, 1)
  })
})
