import assert from 'node:assert/strict'
import { readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { encodeCbor, toHex, verifyReceipts, verifyStateProof } from '@openbsn/sdk'
import { openStore, type Table } from '../../src/storage/store.ts'
import { credentialOf, LedgerWorld, resultOf } from '../../src/testing/ledger-world.ts'

/** Changes the store of a closed ledger behind its back. */
async function tamper(world: LedgerWorld, table: string, change: (table: Table) => void) {
  const folder = join(world.folder.path, 'store')
  const store = openStore({ folder }, { onFailure: (error) => assert.fail(error) })
  const opened = store.table(table)
  await store.write(() => change(opened))
  await store.close()
}

async function fill(world: LedgerWorld, count: number, name = 'row'): Promise<void> {
  const rows = Array.from({ length: count }, (_, i) => world.record(`${name} ${i}`))
  await world.ledger.submit(await Promise.all(rows))
}

describe('opening a ledger', () => {
  it('finds everything as it was: head, receipts, repeats, proofs', async () => {
    const world = await (await LedgerWorld.create({ memtableEntries: 64 })).settle()
    await fill(world, 700)
    const { height, appHash } = world.ledger.head
    const receipts = [0, 2, 300, 701].map((index) => world.ledger.receipts(index).map(toHex))
    await world.reopen()
    assert.equal(world.ledger.head.height, height)
    assert.equal(toHex(world.ledger.head.appHash), toHex(appHash))
    assert.deepEqual(
      [0, 2, 300, 701].map((index) => world.ledger.receipts(index).map(toHex)),
      receipts,
    )
    const repeat = await world.submitOne(await world.record('row 5'))
    const { authority: _, ...told } = repeat ?? {}
    assert.deepEqual(told, { outcome: 'duplicate', index: 7, height })
    await fill(world, 300, 'more')
    const entry = world.ledger.entry(900)
    assert.ok(entry)
    assert.equal(verifyReceipts(entry.statement, world.ledger.receipts(900), world.keys).index, 900)
    await world.remove()
  })

  it('refuses a store of a newer format, and changes nothing', async () => {
    const world = await LedgerWorld.create()
    await world.ledger.close()
    await tamper(world, 'meta', (meta) => meta.put('format', encodeCbor(2)))
    assert.throws(() => world.open(), { code: 'STORE_NEWER', message: /format 2/ })
    await tamper(world, 'meta', (meta) => meta.put('format', encodeCbor(1)))
    world.open()
    await world.remove()
  })

  it('refuses what does not fit together', async () => {
    const damages: [string, (table: Table) => void][] = [
      ['meta', (table) => table.remove('genesis')],
      ['meta', (table) => table.put('head', encodeCbor(9))],
      ['meta', (table) => table.put('manifest', encodeCbor(7))],
      ['tiles', (table) => table.remove([0, 1])],
      ['tiles', (table) => table.put([0, 0], new Uint8Array(256 * 32))],
      ['identities', (table) => table.clear()],
      ['entries', (table) => table.clear()],
    ]
    for (const [table, change] of damages) {
      const world = await (await LedgerWorld.create()).settle()
      await fill(world, 600)
      await world.ledger.close()
      await tamper(world, table, change)
      assert.throws(() => world.open(), { code: 'STORE_DAMAGED' }, `${table}: ${change}`)
      world.folder.remove()
    }
  })

  it('makes the dedupe index anew where a file is gone, and refuses a torn one', async () => {
    const world = await (await LedgerWorld.create({ memtableEntries: 64 })).settle()
    const folder = join(world.folder.path, 'dedupe')
    const hasRuns = () => world.ledger.store.manifest().runs.length > 1
    for (let i = 0; i < 100 && !hasRuns(); i++) await fill(world, 40, `block ${i}`)
    const repeat = await world.submitOne(await world.record('block 0 1'))
    assert.equal(resultOf(repeat), 'duplicate')
    await world.ledger.close()
    const [run = ''] = readdirSync(folder)
    truncateSync(join(folder, run), 100)
    assert.throws(() => world.open(), { code: 'STORE_DAMAGED', message: /delete it/ })
    rmSync(join(folder, run))
    writeFileSync(join(folder, '77.run'), 'a stray')
    world.open()
    assert.deepEqual(await world.submitOne(await world.record('block 0 1')), repeat)
    await fill(world, 200, 'after')
    await world.reopen()
    assert.deepEqual(await world.submitOne(await world.record('block 0 1')), repeat)
    await world.remove()
  })
})

describe('reading a ledger while it commits', () => {
  it('proves state against the very block that it names, and serves whole tiles', async () => {
    const world = await (await LedgerWorld.create()).settle()
    let isDone = false
    const writing = (async () => {
      for (let i = 0; i < 40; i++) {
        await world.done('credential-create', credentialOf(`c-${i}`))
        await fill(world, 97, `block ${i}`)
      }
      isDone = true
    })()
    let reads = 0
    for (let i = 0; !isDone; i++) {
      const key = `credential/c-${i % 40}`
      const { value, proof, block } = world.ledger.state(key)
      verifyStateProof(proof, { stateRoot: block.stateRoot, key, value })
      const { firstIndex, count } = world.ledger.head
      const tile = world.ledger.tile(0, Math.floor((firstIndex + count) / 256))
      assert.equal(tile?.length ?? 0, ((firstIndex + count) % 256) * 32)
      world.ledger.tile(0, Math.floor((firstIndex + count + 100) / 256))
      reads++
      await new Promise((resolve) => setImmediate(resolve))
    }
    await writing
    assert.ok(reads > 100)
    await world.remove()
  })
})
