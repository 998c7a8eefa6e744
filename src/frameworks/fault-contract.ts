import assert from 'node:assert/strict'
import { isCodedError } from '@openbsn/sdk'
import type { Framework } from './framework.ts'
import type { PromiseId } from './framework-promises.ts'
import {
  type Check,
  call,
  commitOne,
  type FrameworkWorld,
  idOf,
  never,
  stateOf,
  submitOne,
} from './world-contract.ts'

/** What is known of an act on both nodes, and after a restart of them. */
async function everywhere(world: FrameworkWorld, text: string, state: string): Promise<void> {
  const act = call(world, text)
  for (const node of [world.node, world.other]) assert.equal(await stateOf(node.status(act)), state)
  await world.restart()
  for (const node of [world.node, world.other]) assert.equal(await stateOf(node.status(act)), state)
}

/** Sends an act again after its fate is known: it has one effect all the same. */
async function sentAgain(world: FrameworkWorld, text: string, isRepeat: boolean): Promise<void> {
  const outcome = await submitOne(world.node, call(world, text))
  assert.ok(outcome.state === 'committed' && outcome.isRepeat === isRepeat)
  assert.deepEqual(await world.list(world.node, world.writers[0]), [text])
}

const statusChecks = {
  'status-committed': async (world) => {
    const outcome = await submitOne(world.node, call(world, 'a'))
    assert.ok(outcome.state === 'committed')
    for (const node of [world.node, world.other]) {
      const status = await node.status(call(world, 'a'))
      assert.ok(status.state === 'committed')
      assert.deepEqual(status.place, outcome.place)
    }
    await everywhere(world, 'a', 'committed')
  },
  'status-pending': async (world) => {
    const { release, isHeld } = world.hold()
    const outcomes = world.node.submit([call(world, 'a'), world.rejectedCall(idOf('bad'))], never)
    await isHeld
    assert.equal(await stateOf(world.node.status(call(world, 'a'))), 'pending')
    assert.deepEqual(await world.list(world.node, world.writers[0]), [])
    release()
    await outcomes
    assert.equal(await stateOf(world.node.status(call(world, 'a'))), 'committed')
    assert.equal(await stateOf(world.node.status(world.rejectedCall(idOf('bad')))), 'rejected')
  },
  'status-not-sent': (world) => everywhere(world, 'a', 'not_sent'),
  'status-rejected': async (world) => {
    const bad = world.rejectedCall(idOf('bad'))
    const outcome = await submitOne(world.node, bad)
    assert.ok(outcome.state === 'rejected' && /^[A-Z_]+$/.test(outcome.code))
    assert.deepEqual(await world.node.status(bad), outcome)
    await world.restart()
    assert.equal(await stateOf(world.node.status(bad)), 'not_sent')
  },
} satisfies Partial<Record<PromiseId, Check>>

/** Receipts of a committed call may come a moment later. */
async function settledReceipts(
  { writers: [{ service }] }: FrameworkWorld,
  node: Framework,
  transaction: string,
): Promise<Uint8Array[]> {
  for (let tries = 0; tries < 200; tries++) {
    const receipts = node.receipts(service, transaction)
    if (receipts.length > 0) return receipts
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return assert.fail(`${transaction} has receipts within ten seconds`)
}

/** What went wrong, and what is known of it then and later. */
export const faultChecks = {
  ...statusChecks,
  'not-sent': async (world) => {
    await world.whileCut(async () => {
      const error = { code: 'CALL_NOT_SENT', retryable: true }
      await assert.rejects(world.node.submit([call(world, 'a')], never), error)
      assert.equal(await stateOf(world.node.status(call(world, 'a'))), 'not_sent')
    })
    await everywhere(world, 'a', 'not_sent')
    await sentAgain(world, 'a', false)
  },
  'fate-unknown-arrived': async (world) => {
    world.lose('answers')
    // A framework that can ask for it may find out by itself what became of it.
    const told = await submitOne(world.node, call(world, 'a')).then(
      ({ state }) => state,
      (error: unknown) => isCodedError(error) && error.retryable && error.code,
    )
    assert.ok(told === 'CALL_FATE_UNKNOWN' || told === 'committed', String(told))
    await everywhere(world, 'a', 'committed')
    await sentAgain(world, 'a', true)
  },
  'fate-unknown-vanished': async (world) => {
    world.lose('calls')
    const error = { code: 'CALL_FATE_UNKNOWN', retryable: true }
    await assert.rejects(world.node.submit([call(world, 'a')], never), error)
    assert.equal(await stateOf(world.node.status(call(world, 'a'))), 'pending')
    await world.restart()
    await everywhere(world, 'a', 'not_sent')
    await sentAgain(world, 'a', false)
  },
  'given-up': async (world) => {
    const before = world.node.submit([call(world, 'never')], AbortSignal.abort())
    await assert.rejects(before, { code: 'CALL_NOT_SENT' })
    assert.equal(await stateOf(world.node.status(call(world, 'never'))), 'not_sent')
    const { release, isHeld } = world.hold()
    const controller = new AbortController()
    const after = world.node.submit([call(world, 'a')], controller.signal)
    const told = assert.rejects(after, { code: 'CALL_FATE_UNKNOWN' })
    await isHeld
    controller.abort()
    await told
    assert.equal(await stateOf(world.node.status(call(world, 'a'))), 'pending')
    release()
    await sentAgain(world, 'a', true)
    await everywhere(world, 'a', 'committed')
  },
  receipts: async (world) => {
    const text = 'a'
    const first = await commitOne(world.node, call(world, text))
    await commitOne(world.node, call(world, 'b'))
    await world.catchUp(world.other)
    const receipts = await settledReceipts(world, world.other, first)
    world.verify(call(world, text), first, receipts)
    assert.throws(() => world.verify(call(world, 'b'), first, receipts))
    const [receipt] = receipts
    assert.ok(receipt)
    const damaged = Uint8Array.from(receipt, (byte, i) =>
      i === receipt.length - 1 ? byte ^ 1 : byte,
    )
    assert.throws(() => world.verify(call(world, text), first, [damaged]))
    const [{ service }] = world.writers
    for (const unknown of ['999', '', '-1', 'x']) {
      assert.deepEqual(world.node.receipts(service, unknown), [])
    }
    await world.restart()
    world.verify(call(world, text), first, await settledReceipts(world, world.node, first))
  },
  health: async (world) => {
    assert.equal(world.node.unhealthy(), undefined)
    world.breakDown()
    assert.match(world.node.unhealthy() ?? '', /\w/)
  },
} satisfies Partial<Record<PromiseId, Check>>
