import assert from 'node:assert/strict'
import { createWriteStream, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { after, before, describe, it } from 'node:test'
import {
  type CborMap,
  type CborValue,
  decodeCbor,
  decodeKeyBundle,
  encodeCbor,
  encodeKeyBundle,
} from '@openbsn/sdk'
import { encodeBlock } from '../../src/ledger/blocks.ts'
import { importSnapshot } from '../../src/ledger/export/import-snapshot.ts'
import { ItemReader, ItemWriter } from '../../src/ledger/export/item-file.ts'
import { createSnapshots } from '../../src/ledger/export/snapshots.ts'
import type { StateItem } from '../../src/ledger/ledger.ts'
import { type OpenLedger, openLedger } from '../../src/ledger/open-ledger.ts'
import { verifyLedger } from '../../src/ledger/verify/verify-ledger.ts'
import { changedOnTheWay, cutShort } from '../../src/testing/broken-bytes.ts'
import { busyEntries, busyLedger, ledgerRules } from '../../src/testing/busy-ledger.ts'
import { testFolder } from '../../src/testing/folder.ts'
import { keyOf, LedgerWorld } from '../../src/testing/ledger-world.ts'
import { namedSigner } from '../../src/testing/named-signer.ts'
import { testPrng } from '../../src/testing/seed.ts'

const c2 = namedSigner('c2', 'ES256')
const byMember = { signer: namedSigner('member 2') }

const folder = testFolder()
const file = join(folder.path, 'ledger.snapshot')
let world: LedgerWorld
let bytes: Buffer

const importTo = (from: string, name: string, ledger = world.id) =>
  importSnapshot(from, join(folder.path, name), { ledger }, ledgerRules)

const snapshotsOf = ({ folder: { path }, ledger }: LedgerWorld) =>
  createSnapshots({ ledger: path, folder: folder.path }, { keyBundle: () => ledger.keyBundle() })

const wholeState = (ledger: OpenLedger): StateItem[] => [...ledger.store.stateOfHead().items]

/** That a file is refused, with one of these codes, and that nothing stays of it. */
async function refused(content: Uint8Array, code: RegExp, said = ''): Promise<void> {
  const path = folder.file('bad.snapshot', content)
  await assert.rejects(importTo(path, 'bad'), { code }, said)
  assert.ok(!existsSync(join(folder.path, 'bad')), said)
  assert.ok(!existsSync(join(folder.path, 'bad.new')), said)
}

type Parts = { readonly header: CborMap; blocks: CborValue[][]; objects: CborValue[] }

/** The file with its items changed, as a gateway that lies would. */
async function forged(change: (parts: Parts) => void): Promise<Buffer> {
  const reader = await ItemReader.open(file)
  const items: CborValue[] = []
  for (let item = await reader.next(); item; item = await reader.next()) {
    items.push(decodeCbor(item))
  }
  await reader.close()
  const [header, ...rest] = items
  assert.ok(header instanceof Map)
  const height = Number(header.get('height'))
  const blocks = rest.slice(0, height) as CborValue[][]
  const parts: Parts = { header, blocks, objects: rest.slice(height).flat() as CborValue[] }
  change(parts)
  const path = join(folder.path, 'forged.snapshot')
  const writer = await ItemWriter.create(path)
  for (const item of [parts.header, ...parts.blocks, parts.objects]) {
    await writer.add(encodeCbor(item))
  }
  await writer.finish()
  return readFileSync(path)
}

/** Whatever happened to its bytes on the way. */
function refusedWhenDamaged(): void {
  it('is refused when it was cut short, wherever', async () => {
    for (const { content, said } of cutShort(bytes, testPrng())) {
      await refused(content, /^EXPORT_(TRUNCATED|DAMAGED)$/, said)
    }
  })

  it('is refused with any bit flipped', async () => {
    for (const { content, said } of changedOnTheWay(bytes, testPrng())) {
      await refused(content, /^EXPORT_/, said)
    }
  })
}

/** Whatever a gateway puts into it. */
function refusedWhenFalse(): void {
  it('is refused when a gateway lies in it', async () => {
    const put = (key: string, value: CborValue) => (parts: Parts) => parts.header.set(key, value)
    const genesis = () => decodeKeyBundle(world.ledger.keyBundle()).genesis
    const lies: readonly [string, (parts: Parts) => unknown][] = [
      ['a block less', (parts) => parts.blocks.splice(5, 1)],
      ['no signatures', ({ blocks }) => blocks[9]?.splice(4, 1, [])],
      ['another time', ({ blocks }) => blocks[9]?.splice(1, 1, Number(blocks[9]?.[1]) + 1)],
      ['another state root', ({ blocks }) => blocks[9]?.splice(3, 1, new Uint8Array(32))],
      ['entries of another block', ({ blocks }) => blocks[20]?.splice(5, 1, blocks[19]?.[5] ?? [])],
      ['what is no statement', ({ blocks }) => blocks[20]?.splice(5, 1, [new Uint8Array(9)])],
      ['an object less', ({ objects }) => objects.pop()],
      [
        'an object less, and counted so',
        (parts) => {
          parts.objects.pop()
          parts.header.set('objects', parts.objects.length)
        },
      ],
      ['an object more', ({ objects }) => objects.push(['zzz', new Uint8Array(1)])],
      ['another object', ({ objects }) => objects.splice(3, 1, ['a', new Uint8Array(1)])],
      ['a key that nobody has', ({ objects }) => objects.splice(3, 1, ['', new Uint8Array(1)])],
      ['a long key', ({ objects }) => objects.splice(3, 1, ['k'.repeat(600), new Uint8Array(1)])],
      ['a key without value', ({ objects }) => objects.splice(3, 1, ['k'])],
      ['no objects', ({ objects }) => objects.splice(0, objects.length, 'x')],
      ['a list without end', ({ objects }) => objects.push(...Array(100_001).fill([]))],
      ['a height beyond', put('height', 10_000)],
      ['a height before', put('height', 30)],
      ['no height', put('height', -1)],
      ['more entries', put('entries', busyEntries + 1)],
      ['no genesis', put('genesis', 'x')],
      ['no keys', put('keys', new Uint8Array(3))],
      ['no bytes for keys', put('keys', 7)],
      // Without the change nobody knows that the validator of genesis may not sign any more.
      ['old keys', put('keys', encodeKeyBundle({ genesis: genesis(), changes: [] }))],
    ]
    for (const [name, lie] of lies) await refused(await forged(lie), /^EXPORT_/, name)
  })
}

function refusedWhenOther(): void {
  it('is refused when it is foreign, newer, or of another ledger', async () => {
    await refused(Buffer.from('{"not":"a snapshot"}'), /^EXPORT_FOREIGN$/)
    await refused(await forged((parts) => parts.header.set('format', 'x')), /^EXPORT_FOREIGN$/)
    const newer = await forged((parts) => parts.header.set('format', 'openbsn-snapshot-2'))
    await refused(newer, /^EXPORT_NEWER$/)
    const other = `bsn1${'0'.repeat(40)}`
    await assert.rejects(importTo(file, 'other', other), { code: 'EXPORT_OTHER_LEDGER' })
  })

  it('is refused where its key bundle lacks a change that is about to count', async () => {
    const young = await (await LedgerWorld.create()).settle()
    const old = young.ledger.keyBundle()
    const validators: CborValue[] = [[keyOf('validator 2'), 5]]
    await young.done('validators-update', { expect: 1, validators })
    const { path } = young.folder
    const lying = createSnapshots({ ledger: path, folder: folder.path }, { keyBundle: () => old })
    const from = folder.file('old.snapshot')
    await pipeline(await lying.open(), createWriteStream(from))
    const message = /the validators of block 5 are others/
    await assert.rejects(importTo(from, 'old', young.id), { code: 'EXPORT_DAMAGED', message })
    await young.remove()
  })

  it('is not had of a block that is not signed', async () => {
    const young = await LedgerWorld.create()
    const snapshots = snapshotsOf(young)
    await assert.rejects(snapshots.open(), { code: 'SNAPSHOT_UNAVAILABLE', retryable: true })
    await young.remove()
  })
}

describe('a snapshot', () => {
  before(async () => {
    world = await busyLedger()
    await pipeline(await snapshotsOf(world).open(), createWriteStream(file))
    bytes = readFileSync(file)
  })
  after(async () => {
    await world.remove()
    folder.remove()
  })

  it('becomes the same ledger, which verifies, and goes on with the same hashes', async () => {
    const { head } = world.ledger
    const report = await importTo(file, 'again')
    assert.equal(report.entries, busyEntries)
    assert.deepEqual(encodeBlock(report.head), encodeBlock(head))
    assert.equal(report.start, undefined)
    const again = join(folder.path, 'again')
    const verified = await verifyLedger(again, { workers: 1 })
    assert.equal(verified.finding, undefined)
    const onFailure = (error: Error) => assert.fail(error)
    const copy = openLedger(
      { folder: again, workers: 1, groupMs: 0 },
      { clock: world.clock, signer: namedSigner('validator 2'), onFailure, ...ledgerRules },
    )
    assert.deepEqual(wholeState(copy), wholeState(world.ledger))
    for (let index = 0; index < busyEntries; index += 23) {
      assert.deepEqual(copy.entry(index), world.ledger.entry(index))
      assert.deepEqual(copy.receipts(index), world.ledger.receipts(index))
    }
    const repeats = [0, 100, busyEntries - 1].map(
      (index) => world.ledger.entry(index)?.statement ?? new Uint8Array(),
    )
    for (const { outcome } of await copy.submit(repeats)) assert.equal(outcome, 'duplicate')
    const next = [await world.record('after the snapshot'), await world.record('and once more')]
    await Promise.all([copy.submit(next), world.ledger.submit(next)])
    assert.deepEqual(copy.head.appHash, world.ledger.head.appHash)
    await copy.close()
  })

  it('is read while the ledger goes on, and serves whoever asks soon', async () => {
    const { height, items } = world.ledger.store.stateOfHead()
    await world.done('service-create', { id: 'meanwhile', framework: 'records' }, byMember)
    const said = [...items].map(({ key }) => key)
    assert.ok(!said.includes('service/meanwhile'))
    assert.equal(world.ledger.head.height, height + 1)
    assert.ok(wholeState(world.ledger).some(({ key }) => key === 'service/meanwhile'))
    const snapshots = snapshotsOf(world)
    const [first, second] = await Promise.all([snapshots.open(), snapshots.open()])
    const [one, other] = [await buffer(first), await buffer(second)]
    assert.ok(one.equals(other))
    await world.recorded([await world.record('later', { iss: 'c2', signer: c2 })])
    assert.ok((await buffer(await snapshots.open())).equals(one))
    const unread = await snapshots.open()
    unread.destroy()
    assert.equal(readdirSync(folder.path).filter((name) => /^state-/.test(name)).length, 1)
  })

  refusedWhenDamaged()
  refusedWhenFalse()
  refusedWhenOther()
})
