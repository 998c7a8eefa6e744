import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { toHex, type Validator, validator, verifyKeyBundle, verifyReceipts } from '@openbsn/sdk'
import { exportLedger } from '../../src/ledger/export/export-ledger.ts'
import { importLedger } from '../../src/ledger/export/import-ledger.ts'
import { openLedger } from '../../src/ledger/open-ledger.ts'
import { Replay } from '../../src/ledger/verify/replay.ts'
import { verifyLedger } from '../../src/ledger/verify/verify-ledger.ts'
import { ledgerRules } from '../../src/testing/busy-ledger.ts'
import { ConsensusWorld } from '../../src/testing/consensus-world.ts'
import { blockWith, foundAfter } from '../../src/testing/damage.ts'
import { kidOf, LedgerWorld } from '../../src/testing/ledger-world.ts'
import { namedSigner } from '../../src/testing/named-signer.ts'
import { namedValidator } from '../../src/testing/net-statements.ts'

const names = ['v0', 'v1', 'v2', 'follower']

/** Records, a change of validators, a block without entries, and one that nobody told n3 about. */
async function playedWorld(): Promise<ConsensusWorld> {
  const world = await (await ConsensusWorld.create({ names })).settle()
  for (let i = 0; i < 5; i++) {
    await world.block([world.bundle([await world.say.record(`r${i}`)])])
    await world.block([])
  }
  const set = ['v0', 'v1', 'v2'].map((name) => namedValidator(name, name === 'v0' ? 30 : 10))
  await world.block([world.bundle([await world.say.validators(1, set)])])
  await world.block([world.bundle([await world.say.record('x', { sub: 'nowhere' })])])
  await world.block([])
  const record = await world.say.record('last')
  await world.block([world.bundle([record])], { deaf: [world.at(3)] })
  return world
}

describe('a ledger that came from a network', () => {
  let world: ConsensusWorld
  /** Its last block has entries and no signatures yet. */
  let follower: string
  let validator: string
  before(async () => {
    world = await playedWorld()
    validator = join(world.folder.path, 'n0')
    follower = join(world.folder.path, 'n3')
  })
  after(() => world.remove())

  const verified = async (folder: string) => {
    const { ok, finding, height, pendingHeight } = await verifyLedger(folder, { workers: 1 })
    return { ok, finding, height, pendingHeight }
  }

  it('verifies: blocks without entries, several signatures to a block', async () => {
    const { height } = world
    const good = { ok: true, finding: undefined, height }
    assert.deepEqual(await verified(validator), { ...good, pendingHeight: undefined })
  })

  it('may have a last block that waits for its signatures, which is no damage', async () => {
    const { height } = world
    const good = { ok: true, finding: undefined, height }
    assert.deepEqual(await verified(follower), { ...good, pendingHeight: height })
    const bare = (at: number) => foundAfter(follower, blockWith(at, { 6: [] }))
    assert.equal(await bare(height - 1), `block ${height - 1}`)
    assert.equal(await bare(3), 'block 3')
    // A few signatures are not final, and not nothing either.
    const [one] = world.node.ledger.head.signatures
    assert.ok(one)
    const few = [[one.kid, one.algorithm, one.signature]]
    assert.equal(await foundAfter(follower, blockWith(height, { 6: few })), `block ${height}`)
  })

  it('is copied with it, and opens from the copy', async () => {
    const copy = join(world.folder.path, 'copy')
    await world.at(3).ledger.application.snapshot(copy)
    assert.equal((await verified(copy)).ok, true)
    const deps = { ...ledgerRules, clock: { nowSeconds: () => 0 }, signer: undefined }
    const ledger = openLedger({ folder: copy, workers: 1 }, { ...deps, onFailure: assert.fail })
    assert.equal(toHex(ledger.head.appHash), toHex(world.node.ledger.head.appHash))
    assert.deepEqual(ledger.receipts(ledger.head.firstIndex), [])
    await ledger.close()
  })

  it('is exported up to the last block that is final, and imported to the same', async () => {
    const { height } = world
    for (const [from, last] of [
      [validator, height],
      [follower, height - 1],
    ] as const) {
      const [file, to] = [`${from}.export`, `${from}.imported`]
      const report = await exportLedger(from, file)
      const block = world.node.ledger.block(last)
      assert.ok(block)
      assert.equal(report.height, last)
      assert.equal(report.entries, block.firstIndex + block.count)
      await importLedger(file, to, { workers: 1 }, ledgerRules)
      const good = { ok: true, finding: undefined, height: last, pendingHeight: undefined }
      assert.deepEqual(await verified(to), good)
    }
  })

  it('has key bundles that lead over its changes of validators', () => {
    const { ledger } = world.at(3)
    const keys = verifyKeyBundle(ledger.keyBundle(), ledger.id)
    assert.equal(keys.validatorsAt(world.height)[0]?.power, 30)
    const index = ledger.head.firstIndex - 1
    const entry = ledger.entry(index)
    assert.ok(entry)
    assert.ok(verifyReceipts(entry.statement, ledger.receipts(index), keys).signers.length >= 2)
  })
})

describe('the verifier', () => {
  it('knows that validators of a network need keys to vote with', async (t) => {
    const world = await ConsensusWorld.create({ names: ['v0'] })
    t.after(() => world.remove())
    const replay = new Replay(Buffer.from(world.node.ledger.genesisBytes))
    const tryOut = async (set: readonly Validator[]) => {
      const bytes = Buffer.from(await world.say.validators(1, set))
      const contentType = 'application/vnd.openbsn.validators-update+cbor'
      const { time } = world
      const by = { kid: toHex(kidOf('member')), iss: 'admin', credential: undefined }
      const author = { ...by, aud: replay.ledger, sub: 'bsn:validators', contentType }
      const place = { index: 0, height: 1, time, iat: time, exp: time + 600, isAct: true }
      replay.apply({ author, ...place, bytes: () => bytes })
    }
    const bare = [namedValidator('v0'), validator(namedSigner('v1').key, 10)]
    await assert.rejects(tryOut(bare), { code: 'NOT_ALLOWED' })
    await tryOut([namedValidator('v0'), namedValidator('v1')])
    assert.equal(replay.validatorsAt(3).length, 2)
  })
})

describe('a solo ledger', () => {
  it('whose last block lost its signature is damaged: nothing will bring it back', async () => {
    const world = await (await LedgerWorld.create()).settle()
    const { height } = world.ledger.head
    await world.ledger.close()
    const damage = blockWith(height, { 6: [] })
    assert.equal(await foundAfter(world.folder.path, damage), `block ${height}`)
    world.folder.remove()
  })
})
