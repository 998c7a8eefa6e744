import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  encodeCoseKey,
  signStatement,
  toHex,
  utf8,
  verifyKeyBundle,
  verifyReceipts,
} from '@openbsn/sdk'
import { CometWorld } from '../../../testing/comet-world.ts'
import { namedSigner } from '../../../testing/named-signer.ts'

describe('a network of four validators and a follower', { timeout: 120_000 }, () => {
  let world: CometWorld
  before(async () => {
    world = await CometWorld.create({ validators: 4, followers: 1 })
    await world.start()
  })
  after(async () => world.close())

  const record = (text: string) => {
    const aud = world.nodes[0]?.ledger.id ?? ''
    const iat = Math.floor(Date.now() / 1000)
    const claims = { iss: 'c1', sub: 'flights', aud, iat, cti: utf8(text) }
    return signStatement(
      { contentType: 'text/plain', claims, payload: utf8(text) },
      namedSigner('c1'),
    )
  }

  it('registers what is sent to any node, with receipts by more than two thirds', async () => {
    const [first, second, , , follower] = world.nodes
    assert.ok(first && second && follower)
    let t = performance.now()
    const a = await first.ledger.submit([
      await world.act('service-create', 'bsn:services', { id: 'flights', framework: 'records' }),
    ])
    console.log(a, performance.now() - t)
    const keys = [encodeCoseKey(namedSigner('c1').key)]
    const b = await follower.ledger.submit([
      await world.act('credential-create', 'bsn:credentials', {
        id: 'c1',
        service: 'flights',
        label: 'c1',
        keys,
      }),
    ])
    console.log(b)
    for (let i = 0; i < 20; i++) {
      t = performance.now()
      const node = world.nodes[i % 5]
      assert.ok(node)
      const [out] = await node.ledger.submit([await record(`r${i}`)])
      console.log(
        i,
        out,
        (performance.now() - t).toFixed(1),
        node.ledger.receipts(out && 'index' in out ? out.index : -1).length,
      )
      await new Promise((d) => setTimeout(d, 100))
    }
    t = performance.now()
    const many = await Promise.all(Array.from({ length: 2000 }, (_, i) => record(`m${i}`)))
    console.log('signed', performance.now() - t)
    t = performance.now()
    const outs = await second.ledger.submit(many)
    console.log('2000 in', performance.now() - t, outs[1999])
    await new Promise((d) => setTimeout(d, 500))
    const heads = world.nodes.map(
      ({ ledger }) => `${ledger.head.height} ${toHex(ledger.head.appHash)}`,
    )
    console.log(heads)
    const trusted = verifyKeyBundle(follower.ledger.keyBundle(), follower.ledger.id)
    const entry = follower.ledger.entry(100)
    assert.ok(entry)
    console.log(
      verifyReceipts(entry.statement, follower.ledger.receipts(100), trusted).signers.length,
    )
    assert.deepEqual(world.failures, [])
  })
})
