import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { validator, verifyKeyBundle, verifyReceipts } from '@openbsn/sdk'
import { systemClock } from '../../src/kernel/clock.ts'
import { exportLedger } from '../../src/ledger/export/export-ledger.ts'
import { importLedger } from '../../src/ledger/export/import-ledger.ts'
import type { SubmitOutcome } from '../../src/ledger/ledger.ts'
import { createLedger, openLedger } from '../../src/ledger/open-ledger.ts'
import { verifyLedger } from '../../src/ledger/verify/verify-ledger.ts'
import { ledgerRules } from '../../src/testing/busy-ledger.ts'
import { type CometNode, CometWorld } from '../../src/testing/comet-world.ts'
import { namedSigner } from '../../src/testing/named-signer.ts'
import { needs } from '../../src/testing/needs.ts'
import { namedValidator } from '../../src/testing/net-statements.ts'

function indexOf(outcome: SubmitOutcome | undefined): number {
  assert.ok(outcome && outcome.outcome !== 'refused', JSON.stringify(outcome))
  return outcome.index
}

function signersOf({ ledger }: CometNode, index: number): number {
  const entry = ledger.entry(index)
  assert.ok(entry)
  const keys = verifyKeyBundle(ledger.keyBundle(), ledger.id)
  return verifyReceipts(entry.statement, ledger.receipts(index), keys).signers.length
}

const old = 'from the solo time'

/** Entries under the solo sequencer; its validator gets a key to vote with, two blocks later. */
async function playSolo(world: CometWorld): Promise<readonly Uint8Array[]> {
  const folder = world.path('v0', 'ledger')
  const onFailure = (error: Error) => world.failures.push(error)
  await createLedger(folder, world.genesis, { modules: ledgerRules.modules, onFailure })
  const solo = openLedger(
    { folder, workers: 1, groupMs: 0 },
    { ...ledgerRules, clock: systemClock, signer: namedSigner('v0'), onFailure },
  )
  for (const outcome of await solo.submit(await world.say.settling())) indexOf(outcome)
  for (const outcome of await solo.submit([await world.say.record(old)])) indexOf(outcome)
  const voter = namedValidator('v0', 10)
  for (const one of [await world.say.validators(1, [voter]), await world.say.record('between')]) {
    indexOf((await solo.submit([one]))[0])
  }
  const { head } = solo
  const chain = { initialHeight: head.height + 1, time: systemClock.nowSeconds() }
  world.chain = { ...world.chain, ...chain, appHash: head.appHash, validators: [voter] }
  const receipts = solo.receipts(2)
  await solo.close()
  return receipts
}

/** Records by both nodes while the validators change; each has receipts that hold. */
async function keepWriting(nodes: readonly CometNode[], say: CometWorld['say'], text: string) {
  const counts: number[] = []
  for (let i = 0; i < 6; i++) {
    for (const node of nodes) {
      const [outcome] = await node.submit(await say.record(`${text} ${node.name} ${i}`))
      counts.push(signersOf(node, indexOf(outcome)))
    }
  }
  return counts
}

describe('a solo ledger', () => {
  it('becomes a network in place, takes another validator in, and lets it go', async (t) => {
    if (!needs(t, 'cometbft')) return
    const validators = [validator(namedSigner('v0').key, 1)]
    const world = await CometWorld.create({ names: ['v0', 'v1'], validators })
    t.after(() => world.close())
    const receipts = await playSolo(world)
    const file = join(world.folder.path, 'export')
    await exportLedger(world.path('v0', 'ledger'), file)
    await importLedger(file, world.path('v1', 'ledger'), { workers: 1 }, ledgerRules)

    const first = await world.start('v0', 'v0')
    const { ledger } = first
    const [again] = await first.submit(await world.say.record(old))
    assert.deepEqual([again?.outcome, indexOf(again)], ['duplicate', 2])
    assert.deepEqual(ledger.receipts(2), receipts)
    const [next] = await first.submit(await world.say.record('of the network'))
    assert.equal(indexOf(next), 5)
    assert.deepEqual([signersOf(first, 2), signersOf(first, 5)], [1, 1])

    const second = await world.start('v1', 'v1')
    // Both are needed from two blocks on: it takes seconds to take in what was before.
    await second.reaches(({ height }) => height >= ledger.head.height, 'has caught up')
    const both = [namedValidator('v0'), namedValidator('v1')]
    const [added] = await first.submit(await world.say.validators(2, both))
    const growing = await keepWriting([first, second], world.say, 'with')
    assert.equal(growing.at(-1), 2)
    assert.equal(signersOf(first, indexOf(added)), 1)
    const [removed] = await second.submit(await world.say.validators(3, [namedValidator('v0')]))
    const shrinking = await keepWriting([first, second], world.say, 'without')
    assert.deepEqual([signersOf(second, indexOf(removed)), shrinking.at(-1)], [2, 1])
    await second.stop()
    const [last] = await first.submit(await world.say.record('alone'))
    assert.equal(signersOf(first, indexOf(last)), 1)

    for (const name of ['v0', 'v1']) {
      const { ok, finding } = await verifyLedger(world.path(name, 'ledger'), { workers: 1 })
      assert.deepEqual([ok, finding], [true, undefined], name)
    }
    const [whole, copy] = [`${file} 2`, join(world.folder.path, 'copy')]
    const report = await exportLedger(world.path('v0', 'ledger'), whole)
    assert.deepEqual(await importLedger(whole, copy, { workers: 1 }, ledgerRules), report)
    assert.deepEqual(world.failures, [])
  })
})
