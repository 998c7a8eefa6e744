import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type CborValue, decodeCbor, encodeCbor } from '@openbsn/sdk'
import { exportLedger } from '../../src/ledger/export/export-ledger.ts'
import { type ImportOptions, importLedger } from '../../src/ledger/export/import-ledger.ts'
import { ItemReader, ItemWriter } from '../../src/ledger/export/item-file.ts'
import { changedOnTheWay, cutShort } from '../../src/testing/broken-bytes.ts'
import { busyLedger, ledgerRules } from '../../src/testing/busy-ledger.ts'
import { testFolder } from '../../src/testing/folder.ts'
import type { LedgerWorld } from '../../src/testing/ledger-world.ts'
import { testPrng } from '../../src/testing/seed.ts'

const folder = testFolder()
const file = join(folder.path, 'ledger.export')
let world: LedgerWorld
let bytes: Buffer

const importTo = (from: string, name: string, options: ImportOptions = {}) =>
  importLedger(from, join(folder.path, name), { workers: 1, ...options }, ledgerRules)

/** That a file is refused, with one of these codes, and that nothing stays of it. */
async function refused(content: Uint8Array, code: RegExp, said = ''): Promise<void> {
  const path = folder.file('bad.export', content)
  await assert.rejects(importTo(path, 'bad'), { code }, said)
  const left = readdirSync(folder.path).filter(
    (name) => name.startsWith('bad') && !/export/.test(name),
  )
  assert.deepEqual(left, [], said)
}

/** The file with its items changed and its checksum made anew, as a forger would. */
async function forged(change: (blocks: CborValue[][]) => CborValue[][]): Promise<Buffer> {
  const reader = await ItemReader.open(file)
  const items: Uint8Array[] = []
  for (let item = await reader.next(); item; item = await reader.next()) items.push(item)
  await reader.close()
  const [header = bytes, ...rest] = items
  const trailer = decodeCbor(rest.pop() ?? bytes)
  assert.ok(trailer instanceof Map)
  const blocks = change(rest.map((item) => decodeCbor(item) as CborValue[]))
  const path = join(folder.path, 'forged.export')
  const writer = await ItemWriter.create(path)
  await writer.add(header)
  for (const block of blocks) await writer.add(encodeCbor(block))
  trailer.set('sha256', writer.digest())
  await writer.add(encodeCbor(trailer))
  await writer.finish()
  return readFileSync(path)
}

describe('importLedger', () => {
  before(async () => {
    world = await busyLedger()
    await exportLedger(world.folder.path, file)
    bytes = readFileSync(file)
  })
  after(async () => {
    await world.remove()
    folder.remove()
  })

  it('is refused when it was cut short, wherever', async () => {
    for (const { content, said } of cutShort(bytes, testPrng())) {
      await refused(content, /^EXPORT_TRUNCATED$/, said)
    }
  })

  it('is refused with any bit flipped', async () => {
    for (const { content, said } of changedOnTheWay(bytes, testPrng())) {
      await refused(content, /^EXPORT_/, said)
    }
  })

  it('is refused when somebody put it together anew', async () => {
    const forgeries: ((blocks: CborValue[][]) => CborValue[][])[] = [
      (blocks) => blocks.slice(0, -1),
      (blocks) => blocks.toSpliced(5, 1),
      (blocks) => blocks.toSpliced(5, 2, ...[blocks[6] ?? [], blocks[5] ?? []]),
      (blocks) => blocks.map((one) => one.with(4, [])),
      (blocks) => blocks.map((one) => one.with(1, Number(one[1]) + 1)),
      (blocks) => blocks.map((one) => (one[0] === 20 ? one.with(5, []) : one)),
      (blocks) => blocks.map((one) => (one[0] === 21 ? one.with(5, blocks[19]?.[5] ?? []) : one)),
    ]
    for (const [i, forge] of forgeries.entries()) {
      await refused(await forged(forge), /^EXPORT_DAMAGED$/, `forgery ${i}`)
    }
    await refused(await forged((blocks) => [...blocks, [1, 2]]), /^EXPORT_DAMAGED$/)
  })

  it('is refused when it is foreign, newer, or of another ledger', async () => {
    await refused(Buffer.from('{"not":"an export"}'), /^EXPORT_FOREIGN$/)
    const version = bytes.indexOf('openbsn-export-1') + 15
    const newer = Buffer.from(bytes)
    newer[version] = '2'.charCodeAt(0)
    await refused(newer, /^EXPORT_NEWER$/)
    const ledger = `bsn1${'0'.repeat(40)}`
    await assert.rejects(importTo(file, 'other', { ledger }), { code: 'EXPORT_OTHER_LEDGER' })
    assert.ok(!existsSync(join(folder.path, 'other')))
  })

  it('stops when it is told to, and leaves nothing', async () => {
    const signal = AbortSignal.abort()
    await assert.rejects(importTo(file, 'stopped', { signal }), { name: 'AbortError' })
    const path = join(folder.path, 'stopped.export')
    const exported = exportLedger(world.folder.path, path, { signal })
    await assert.rejects(exported, { name: 'AbortError' })
    const left = readdirSync(folder.path).filter((name) => name.startsWith('stopped'))
    assert.deepEqual(left, [])
  })
})
