import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { equalBytes, verifyReceipts } from '@openbsn/sdk'
import { exportLedger } from '../../src/ledger/export/export-ledger.ts'
import { type ImportOptions, importLedger } from '../../src/ledger/export/import-ledger.ts'
import { openLedger } from '../../src/ledger/open-ledger.ts'
import { verifyLedger } from '../../src/ledger/verify/verify-ledger.ts'
import { busyEntries, busyLedger, ledgerRules } from '../../src/testing/busy-ledger.ts'
import { testFolder } from '../../src/testing/folder.ts'
import { LedgerWorld } from '../../src/testing/ledger-world.ts'
import { namedSigner } from '../../src/testing/named-signer.ts'

describe('exportLedger', () => {
  const folder = testFolder()
  const file = join(folder.path, 'ledger.export')
  let world: LedgerWorld
  const importTo = (from: string, name: string, options: ImportOptions = {}) =>
    importLedger(from, join(folder.path, name), { workers: 1, ...options }, ledgerRules)

  before(async () => {
    world = await busyLedger()
    await exportLedger(world.folder.path, file)
  })
  after(async () => {
    await world.remove()
    folder.remove()
  })

  it('writes a file that is imported with the same hash, verifies, and goes on', async () => {
    const { head } = world.ledger
    const seen: number[] = []
    const report = await importTo(file, 'again', {
      ledger: world.id,
      onProgress: ({ entries, total }) => {
        assert.equal(total, busyEntries)
        seen.push(entries)
      },
    })
    const { height, appHash } = head
    assert.deepEqual(report, { ledger: world.id, height, entries: busyEntries, appHash })
    assert.equal(seen.at(-1), busyEntries)
    const verified = await verifyLedger(join(folder.path, 'again'), { workers: 1 })
    assert.equal(verified.finding, undefined)
    const onFailure = (error: Error) => assert.fail(error)
    const again = openLedger(
      { folder: join(folder.path, 'again'), workers: 1, groupMs: 0 },
      { clock: world.clock, signer: namedSigner('validator 2'), onFailure, ...ledgerRules },
    )
    for (let index = 0; index < busyEntries; index += 23) {
      const { statement } = world.ledger.entry(index) ?? {}
      assert.ok(statement)
      assert.deepEqual(again.receipts(index), world.ledger.receipts(index))
      verifyReceipts(statement, world.ledger.receipts(index), world.keys)
    }
    const repeat = world.ledger.entry(busyEntries - 1)?.statement ?? new Uint8Array()
    const next = await world.record('after the import')
    const outcomes = await again.submit([repeat, next])
    assert.deepEqual(
      outcomes.map(({ outcome }) => outcome),
      ['duplicate', 'appended'],
    )
    await again.close()
  })

  it('writes the same file every time, and replaces none unasked', async () => {
    const second = join(folder.path, 'second.export')
    await exportLedger(world.folder.path, second)
    assert.ok(readFileSync(second).equals(readFileSync(file)))
    await assert.rejects(exportLedger(world.folder.path, second), { code: 'EXPORT_FILE_EXISTS' })
    await exportLedger(world.folder.path, second, { force: true })
    assert.deepEqual(
      readdirSync(folder.path).filter((name) => name.endsWith('.new')),
      [],
    )
  })

  it('writes genesis alone', async () => {
    const empty = await LedgerWorld.create()
    const path = join(folder.path, 'empty.export')
    const { entries, appHash } = await exportLedger(empty.folder.path, path)
    assert.equal(entries, 0)
    const report = await importTo(path, 'empty')
    assert.ok(equalBytes(report.appHash, appHash) && report.height === 0)
    await empty.remove()
  })
})
