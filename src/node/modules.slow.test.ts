import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { blocksModule } from '../services/block-module.ts'
import { keyOf, LedgerWorld, resultOf } from '../testing/ledger-world.ts'
import { namedSigner } from '../testing/named-signer.ts'

describe('a module that is younger than the ledger', () => {
  it('comes in from a height on, when the members say so', async (t) => {
    const world = await LedgerWorld.create({ young: [blocksModule] })
    t.after(() => world.remove())
    await world.done('operator-key-register', { key: keyOf('operator') })
    await world.done('service-create', { id: 'coin', framework: 'evm' })
    const range = {
      ...{ service: 'coin', chain: 7, generation: 0, first: 5, last: 9, count: 3, expect: 0 },
      ...{ hash: new Uint8Array(32), root: new Uint8Array(32) },
    }
    const send = async (...args: Parameters<LedgerWorld['act']>) =>
      resultOf(await world.submitOne(await world.act(...args)))
    const register = () => send('blocks-register', range, { signer: namedSigner('operator') })
    assert.equal(await register(), 'MODULE_UNKNOWN')
    const from = world.ledger.head.height + 3
    const join = (version: number, software = '0.2.0') => {
      const modules = [['bsn:blocks', version]]
      return send('alliance-software', { software, from, modules })
    }
    assert.equal(await join(2), 'ACT_INVALID', 'it begins with version 1')
    assert.equal(await join(1), 'appended')
    assert.equal(await register(), 'MODULE_UNKNOWN', 'not yet')
    while (world.ledger.head.height + 1 < from) {
      await world.done('service-create', { id: `x${world.ledger.head.height}`, framework: 'evm' })
    }
    assert.equal(await register(), 'appended')
  })
})
