import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { actIdentity, CodedError, encodeCoseKey, type Signer } from '@openbsn/sdk'
import { isOwnStatement, type Submission } from '../../crypto/own-statement.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { namedSigner } from '../../testing/named-signer.ts'
import { RecordsWorld } from '../../testing/records-world.ts'
import { frameworkContract } from '../framework-contract.ts'
import { call, never } from '../world-contract.ts'
import { createRecordsFramework } from './records-framework.ts'

frameworkContract('records', () => RecordsWorld.create())

/** A node of the world with another key, and what it hands to the ledger. */
function nodeWith(world: RecordsWorld, signer: Signer | undefined, fault?: string) {
  const sent: Submission[] = []
  const submit: Ledger['submit'] = (statements) => {
    sent.push(...statements)
    if (fault === undefined) return world.ledgers.ledger.submit(statements)
    return Promise.reject(new CodedError(fault, 'The test says so.'))
  }
  const ledger: Ledger = Object.create(world.ledgers.ledger, { submit: { value: submit } })
  const deps = { ledger, lists: world.projection, clock: world.ledgers.clock }
  const node = createRecordsFramework(
    { member: 'admin' },
    { ...deps, signer, isStopped: () => false },
  )
  return { node, sent }
}

describe('a node that writes records', () => {
  it('hands over what it signed as its own, and bytes where the key is elsewhere', async () => {
    const world = await RecordsWorld.create()
    const token = namedSigner('a token', 'ES256')
    await world.ledgers.done('operator-key-register', { key: encodeCoseKey(token.key) })
    const { key, sign } = namedSigner('node 1')
    const signers = [
      [namedSigner('node 1'), true],
      [token, false],
      [{ key, sign }, false],
    ] as const
    for (const [place, [signer, isOwn]] of signers.entries()) {
      const { node, sent } = nodeWith(world, signer)
      const [outcome] = await node.submit([call(world, `act ${place}`)], never)
      assert.ok(outcome?.state === 'committed' && !outcome.isRepeat)
      assert.deepEqual(sent.map(isOwnStatement), [isOwn])
    }
    await world.close()
  })

  it('decides nothing by itself: a key that the ledger does not know writes nothing', async () => {
    const world = await RecordsWorld.create()
    const { node, sent } = nodeWith(world, namedSigner('a stranger'))
    const [outcome] = await node.submit([call(world, 'x')], never)
    assert.ok(outcome?.state === 'rejected' && outcome.code === 'KEY_UNKNOWN')
    assert.equal(sent.length, 1)
    await world.close()
  })

  it('signs nothing for a module, whatever it is asked', async () => {
    const world = await RecordsWorld.create()
    const { node, sent } = nodeWith(world, namedSigner('node 1'))
    const asked = { ...call(world, 'x'), service: 'bsn:credentials' }
    const odd = [asked, { ...call(world, 'y'), args: { value: 1, iss: 'admin' } }]
    const codes = (await node.submit(odd, never)).map((one) => 'code' in one && one.code)
    assert.deepEqual(codes, ['SERVICE_UNKNOWN', 'ARGUMENT_INVALID'])
    assert.deepEqual(sent, [])
    await world.close()
  })

  it('says not sent without a key or quorum; of many without quorum, fate unknown', async () => {
    const world = await RecordsWorld.create()
    const one = [call(world, 'a')]
    const many = [...one, call(world, 'b')]
    const without = nodeWith(world, undefined).node
    await assert.rejects(without.submit(one, never), { code: 'CALL_NOT_SENT' })
    const { node } = nodeWith(world, namedSigner('node 1'), 'LEDGER_NO_QUORUM')
    await assert.rejects(node.submit(one, never), { code: 'CALL_NOT_SENT' })
    await assert.rejects(node.submit(many, never), { code: 'CALL_FATE_UNKNOWN' })
    await world.close()
  })

  it('says committed of nothing that is not on disk, at any moment of a commit', async () => {
    const world = await RecordsWorld.create()
    const { ledger } = world.ledgers
    const { service, credential, id } = call(world, 'a')
    const identity = actIdentity({ ledger: ledger.id, service, by: credential, id })
    let isAnswered = false
    const submitted = world.node.submit([call(world, 'a')], never).finally(() => {
      isAnswered = true
    })
    for (let looks = 0; !isAnswered; looks++) {
      const index = ledger.findAct(identity) ?? -1
      assert.ok(index < ledger.head.firstIndex + ledger.head.count, `look ${looks}`)
      await new Promise((resolve) => setImmediate(resolve))
    }
    assert.equal((await submitted)[0]?.state, 'committed')
    assert.equal(typeof ledger.findAct(identity), 'number')
    await world.close()
  })
})
