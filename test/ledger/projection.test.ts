import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { isCodedError, verifyReceipts } from '@openbsn/sdk'
import { Projection, type ProjectionFilter } from '../../src/ledger/projection/projection.ts'
import { testFolder } from '../../src/testing/folder.ts'
import { LedgerWorld, resultOf } from '../../src/testing/ledger-world.ts'

const lmdb = import.meta.resolve('lmdb')

/** Holds the one right to write that an LMDB folder has, for as long as it lives. */
const holding = `
  import { open } from ${JSON.stringify(lmdb)}
  const root = open({ path: process.env.FOLDER, maxDbs: 16, encoding: 'binary' })
  root.transactionSync(() => {
    process.stdout.write('held\\n')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })`

/** A process that keeps a projection from writing; it ends by the returned function. */
async function hold(t: TestContext, folder: string): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', holding], {
    cwd: join(import.meta.dirname, '../..'),
    env: { ...process.env, FOLDER: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const end = async () => {
    child.kill('SIGKILL')
    await ended
  }
  t.after(end)
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
  assert.equal(value, 'held')
  return end
}

/** A ledger whose lists are told of each block, as in a node. */
async function listedWorld(t: TestContext, options: { commitTimeoutMs?: number } = {}) {
  const folder = testFolder()
  const failures: Error[] = []
  let projection: Projection | undefined
  const world = await LedgerWorld.create({
    onBlock: ({ firstIndex }, entries) => projection?.offer(firstIndex, entries),
  })
  await world.settle()
  const source = {
    size: () => world.ledger.head.firstIndex + world.ledger.head.count,
    entriesFrom: (from: number) => world.ledger.store.entriesFrom(from),
  }
  const lists = new Projection(
    { folder: folder.path, ...options },
    { source, onFailure: (error) => failures.push(error) },
  )
  projection = lists
  await lists.advance()
  t.after(async () => {
    await lists.close().catch(() => undefined)
    await world.remove()
    folder.remove()
  })
  return { world, lists, folder: folder.path, failures }
}

const flights: ProjectionFilter = {
  ...{ service: 'flights', fromIndex: 0, toIndex: 1e9 },
  order: 'oldest',
  limit: 1e9,
}

/** Registers some records, a block each, and returns their indexes. */
async function write(world: LedgerWorld, count: number, name: string): Promise<number[]> {
  const indexes: number[] = []
  for (let i = 0; i < count; i++) {
    const outcome = await world.submitOne(await world.record(`${name} ${i}`, { key: name }))
    assert.equal(resultOf(outcome), 'appended')
    assert.ok('index' in outcome)
    const entry = world.ledger.entry(outcome.index)
    assert.ok(entry)
    verifyReceipts(entry.statement, world.ledger.receipts(outcome.index), world.keys)
    indexes.push(outcome.index)
  }
  return indexes
}

describe('a commit', () => {
  it('does not wait for lists that cannot be written; they follow when they can', async (t) => {
    const { world, lists, folder, failures } = await listedWorld(t)
    const before = lists.position
    const release = await hold(t, folder)
    const written = await write(world, 20, 'held')
    // The lists tried, and still wait.
    const listed = lists.list(flights)
    const later = await write(world, 20, 'still held')
    assert.equal(lists.position, before)
    await release()
    assert.deepEqual((await listed).indexes.slice(0, 20), written)
    const all = await lists.list(flights)
    assert.deepEqual(all.indexes, [...written, ...later])
    const history = await lists.list({ ...flights, key: 'still held' })
    assert.deepEqual(history.indexes, later)
    assert.deepEqual(failures, [])
  })

  it('does not fail with lists that fail', async (t) => {
    const { world, lists, folder, failures } = await listedWorld(t, { commitTimeoutMs: 300 })
    const release = await hold(t, folder)
    const written = await write(world, 3, 'one')
    for (let i = 0; i < 500 && failures.length === 0; i++) await pause(10)
    assert.ok(failures.length > 0)
    const codes = failures.map((error) => isCodedError(error) && error.code)
    assert.deepEqual([...new Set(codes)], ['STORE_COMMIT_FAILED'])
    await assert.rejects(lists.advance(), { code: 'STORE_COMMIT_FAILED' })
    const later = await write(world, 3, 'two')
    assert.deepEqual(world.failures, [])
    assert.deepEqual(
      later,
      written.map((index) => index + 3),
    )
    await release()
  })
})
