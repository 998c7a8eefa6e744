import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { encodeCbor, parseStatement, toHex } from '@openbsn/sdk'
import { readObject } from '../../src/ledger/state/state-view.ts'
import { modules } from '../../src/ledger/verify/acts.ts'
import { verifyLedger } from '../../src/ledger/verify/verify-ledger.ts'
import { busyEntries, busyLedger, copyOfLedger } from '../../src/testing/busy-ledger.ts'
import {
  blockWith,
  type Damage,
  findingAfter,
  flipAt,
  flipped,
  foundAfter,
  removed,
  runWith,
} from '../../src/testing/damage.ts'
import { testFolder } from '../../src/testing/folder.ts'
import type { LedgerWorld } from '../../src/testing/ledger-world.ts'

/** Index of the first of the records: those before are acts, one block each. */
const recordsFirst = 21

let world: LedgerWorld
let folder: string
before(async () => {
  world = await busyLedger()
  folder = world.folder.path
})
after(() => world.remove())

describe('verifyLedger', () => {
  it('finds nothing wrong in a ledger in which everything happened, while it is open', async () => {
    const seen: number[] = []
    const { head } = world.ledger
    const { seconds, runs, keys, pendingHeight, ...report } = await verifyLedger(folder, {
      workers: 2,
      ledger: world.id,
      onProgress: ({ entries, total }) => {
        assert.equal(total, busyEntries)
        seen.push(entries)
      },
    })
    assert.equal(pendingHeight, undefined)
    assert.ok(seconds > 0 && runs > 3 && keys > 25, `${seconds} s, ${runs} runs, ${keys} keys`)
    assert.deepEqual(report, {
      ok: true,
      ...{ finding: undefined, ledger: world.id },
      ...{ height: head.height, blocks: head.height },
      entries: busyEntries,
      tiles: 1,
      appHash: toHex(head.appHash),
    })
    assert.equal(seen.at(-1), busyEntries)
  })

  it('has every act that there is, a city node that signs, and counts of days', () => {
    const statements = [...world.ledger.store.entriesFrom(0)].map(({ bytes }) =>
      parseStatement(bytes),
    )
    const done = new Set(
      statements.map(({ contentType, claims }) => `${claims.sub} ${contentType}`),
    )
    for (const [module, { effects }] of Object.entries(modules)) {
      for (const act of Object.keys(effects)) {
        assert.ok(done.has(`${module} application/vnd.openbsn.${act}+cbor`), `${module}: ${act}`)
      }
    }
    assert.ok(statements.some(({ claims }) => claims.credential === 'till'))
    assert.equal(readObject(world.ledger, 'quota/till')?.get('version'), 12)
    assert.equal(world.ledger.writtenOn('till', world.clock.now), 7)
  })
})

describe('what is wrong in a ledger', () => {
  it('is named, each kind of thing by a code of its own', async () => {
    const [run = ''] = readdirSync(join(folder, 'dedupe')).sort()
    const damages: [code: string, thing: string, damage: Damage][] = [
      ['VERIFY_GENESIS_WRONG', 'genesis document', flipAt('meta', 'genesis', 12)],
      ['VERIFY_BLOCK_WRONG', 'block 9', blockWith(9, { 1: world.block(9).time + 1 })],
      ['VERIFY_ENTRY_WRONG', 'entry 5', flipAt('entries', 5, 100)],
      ['VERIFY_TILE_WRONG', 'tile 0/0', flipAt('tiles', [0, 0], 77)],
      ['VERIFY_KEY_WRONG', 'key service/flights', flipAt('values', 'service/flights', 9)],
      [
        'VERIFY_KEY_WRONG',
        'key participant/points/shop',
        flipAt('values', 'participant/points/shop', 9),
      ],
      ['VERIFY_KEY_WRONG', 'key node/lisboa', removed('values', 'node/lisboa')],
      ['VERIFY_KEY_WRONG', 'key quota/till', flipAt('values', 'quota/till', 12)],
      ['VERIFY_RUN_WRONG', `run ${run}`, runWith(run, (bytes) => flipped(bytes, 80))],
    ]
    for (const [code, thing, damage] of damages) {
      const finding = await findingAfter(folder, damage)
      assert.ok(finding, thing)
      assert.deepEqual([finding.code, `${finding.what} ${finding.which}`], [code, thing])
      assert.ok(finding.why.length > 10, finding.why)
    }
    const report = await verifyLedger(folder, { ledger: `bsn1${'0'.repeat(40)}`, workers: 1 })
    assert.equal(report.finding?.code, 'VERIFY_GENESIS_WRONG')
  })

  it('is named by the first of two, wherever the other is', async () => {
    const [run = '', later = ''] = world.ledger.store.manifest().runs.map(({ name }) => name)
    const key = (name: string) => flipAt('values', name, 9)
    const ordered: [first: string, one: Damage, other: Damage][] = [
      ['block 9', blockWith(9, { 1: world.block(9).time + 1 }), removed('blocks', 12)],
      ['entry 5', flipAt('entries', 5, 100), flipAt('identities', 9, 3)],
      ['entry 5', flipAt('identities', 5, 3), removed('blocks', 12)],
      ['block 9', removed('blocks', 9), flipAt('entries', recordsFirst, 200)],
      ['tile 0/0', flipAt('tiles', [0, 0], 77), key('service/flights')],
      ['key credential/c1', key('credential/c1'), key('service/flights')],
      ['key service/flights', key('service/flights'), runWith(run, (bytes) => flipped(bytes, 80))],
      [
        `run ${run}`,
        runWith(run, (bytes) => flipped(bytes, 80)),
        runWith(later, (bytes) => flipped(bytes, 80)),
      ],
    ]
    for (const [first, one, other] of ordered) {
      assert.equal(await foundAfter(folder, one, other), first)
      assert.equal(await foundAfter(folder, other, one), first)
    }
  })
})

describe('verifying', () => {
  it('tells what is no ledger, and one of a later version', async () => {
    const empty = testFolder()
    await assert.rejects(verifyLedger(empty.path), { code: 'VERIFY_NO_LEDGER' })
    empty.remove()
    const newer = foundAfter(folder, (tables) => tables('meta').put('format', encodeCbor(2)))
    await assert.rejects(newer, { code: 'VERIFY_NEWER' })
    const copy = copyOfLedger(folder)
    const file = join(copy.path, 'store/data.mdb')
    writeFileSync(file, readFileSync(file).fill(0, 0, 512))
    const headless = { code: 'VERIFY_GENESIS_WRONG', message: /^genesis store: / }
    await assert.rejects(verifyLedger(copy.path), headless)
    copy.remove()
  })

  it('stops when it is told to', async () => {
    const verified = verifyLedger(folder, { signal: AbortSignal.abort(), workers: 1 })
    await assert.rejects(verified, { name: 'AbortError' })
  })
})
