import assert from 'node:assert/strict'
import type { CallOutcome, Framework } from './framework.ts'
import type { PromiseId } from './framework-promises.ts'
import {
  type Check,
  call,
  commitOne,
  type FrameworkWorld,
  idOf,
  never,
  putMany,
  stateOf,
  submitOne,
} from './world-contract.ts'

/** Submits again and asks that nothing more is there than the first time. */
async function repeated(world: FrameworkWorld, node: Framework, first: CallOutcome): Promise<void> {
  const [writer] = world.writers
  const again = await submitOne(node, call(world, 'once'))
  assert.deepEqual(again, { ...first, isRepeat: true })
  assert.deepEqual(await world.list(node, writer), ['once'])
}

/** Writing and reading: one effect for each act. */
export const writeChecks = {
  'put-get': async (world) => {
    const { node, writers } = world
    await putMany(world, 0, 5)
    const of = (...numbers: number[]) => numbers.map((number) => `text ${number}`)
    assert.equal(await world.get(node, writers[0], 'key-1'), 'text 4')
    assert.equal(await world.get(node, writers[0], 'no-such-key'), undefined)
    assert.deepEqual(await world.list(node, writers[0]), of(0, 1, 2, 3, 4))
    assert.deepEqual(await world.list(node, writers[0], 'key-1'), of(1, 4))
    assert.deepEqual(await world.list(node, writers[1]), [])
  },
  'put-many': async (world) => {
    const calls = [call(world, 'a'), world.rejectedCall(idOf('bad')), call(world, 'b')]
    const outcomes = await world.node.submit(calls, never)
    const states = outcomes.map(({ state }) => state)
    assert.deepEqual(states, ['committed', 'rejected', 'committed'])
    assert.deepEqual(await world.list(world.node, world.writers[0]), ['a', 'b'])
    assert.deepEqual(await world.node.submit([], never), [])
  },
  repeat: async (world) => {
    const first = await submitOne(world.node, call(world, 'once'))
    assert.ok(first.state === 'committed' && !first.isRepeat)
    await repeated(world, world.node, first)
  },
  'repeat-at-once': async (world) => {
    const one = () => submitOne(world.node, call(world, 'once'))
    const outcomes = await Promise.all(Array.from({ length: 20 }, one))
    const [first] = outcomes.filter((outcome) => outcome.state === 'committed' && !outcome.isRepeat)
    const places = outcomes.map((outcome) => outcome.state === 'committed' && outcome.place)
    for (const place of places) assert.deepEqual(place, first?.state === 'committed' && first.place)
    assert.ok(first)
    await repeated(world, world.node, first)
    const twice = [call(world, 'twice'), call(world, 'twice')]
    const [a, b] = await world.node.submit(twice, never)
    assert.deepEqual(b, { ...a, isRepeat: true })
  },
  'repeat-after-restart': async (world) => {
    const first = await submitOne(world.node, call(world, 'once'))
    await world.restart()
    await repeated(world, world.node, first)
  },
  'repeat-other-node': async (world) => {
    await repeated(world, world.other, await submitOne(world.node, call(world, 'once')))
  },
  conflict: async (world) => {
    const [writer] = world.writers
    await commitOne(world.node, call(world, 'once'))
    for (const change of [{ text: 'other' }, { key: 'key-b' }]) {
      const put = { id: idOf('once'), key: 'key-a', text: 'once', ...change }
      const outcome = await submitOne(world.other, world.put(writer, put))
      assert.equal(outcome.state, 'rejected')
    }
    assert.deepEqual(await world.list(world.node, writer), ['once'])
    assert.equal(await stateOf(world.other.status(call(world, 'once'))), 'committed')
  },
  'ids-apart': async (world) => {
    for (const writer of world.writers) {
      const put = { id: idOf('one id'), key: 'key-a', text: writer.service }
      await commitOne(world.node, world.put(writer, put))
      assert.deepEqual(await world.list(world.node, writer), [writer.service])
    }
  },
  'unknown-function': async (world) => {
    const [{ service }] = world.writers
    const outcome = await submitOne(world.node, { ...call(world, 'x'), function: 'noSuchThing' })
    assert.ok(outcome.state === 'rejected' && outcome.code === 'FUNCTION_UNKNOWN')
    const asked = { function: 'noSuchThing', args: {} }
    await assert.rejects(world.node.query(service, asked), { code: 'FUNCTION_UNKNOWN' })
    assert.deepEqual(await world.list(world.node, world.writers[0]), [])
  },
} satisfies Partial<Record<PromiseId, Check>>
