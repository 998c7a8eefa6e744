import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { encodeCbor, parseStatement, toHex } from '@openbsn/sdk'
import { readObject } from '../../src/ledger/state/state-view.ts'
import { modules } from '../../src/ledger/verify/acts.ts'
import { verifyLedger } from '../../src/ledger/verify/verify-ledger.ts'
import { busyEntries, busyLedger } from '../../src/testing/busy-ledger.ts'
import {
  blockWith,
  flipAt,
  flipped,
  foundAfter,
  removed,
  runWith,
} from '../../src/testing/damage.ts'
import { testFolder } from '../../src/testing/folder.ts'
import type { LedgerWorld } from '../../src/testing/ledger-world.ts'

const verifyFolder = join(import.meta.dirname, '../../src/ledger/verify')

describe('verifyLedger', () => {
  let world: LedgerWorld
  let folder: string

  before(async () => {
    world = await busyLedger()
    folder = world.folder.path
  })
  after(() => world.remove())

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

  it('names each kind of thing, the first that is wrong', async () => {
    const [run = ''] = readdirSync(join(folder, 'dedupe')).sort()
    const damages = {
      'genesis document': flipAt('meta', 'genesis', 12),
      'block 9': blockWith(9, { 1: world.block(9).time + 1 }),
      'entry 5': flipAt('entries', 5, 100),
      'tile 0/0': flipAt('tiles', [0, 0], 77),
      'key service/flights': flipAt('values', 'service/flights', 9),
      'key participant/points/shop': flipAt('values', 'participant/points/shop', 9),
      'key node/lisboa': removed('values', 'node/lisboa'),
      'key quota/till': flipAt('values', 'quota/till', 12),
      [`run ${run}`]: runWith(run, (bytes) => flipped(bytes, 80)),
    }
    for (const [thing, damage] of Object.entries(damages)) {
      assert.equal(await foundAfter(folder, damage), thing)
    }
    const report = await verifyLedger(folder, { ledger: `bsn1${'0'.repeat(40)}`, workers: 1 })
    assert.equal(report.finding?.code, 'VERIFY_GENESIS_WRONG')
  })

  it('tells what is no ledger, and one of a later version', async () => {
    const empty = testFolder()
    await assert.rejects(verifyLedger(empty.path), { code: 'VERIFY_NO_LEDGER' })
    empty.remove()
    const newer = foundAfter(folder, (tables) => tables('meta').put('format', encodeCbor(2)))
    await assert.rejects(newer, { code: 'VERIFY_NEWER' })
  })

  it('stops when it is told to', async () => {
    const verified = verifyLedger(folder, { signal: AbortSignal.abort(), workers: 1 })
    await assert.rejects(verified, { name: 'AbortError' })
  })
})

describe('the folder verify', () => {
  it('shares no code with what it verifies', () => {
    const files = readdirSync(verifyFolder).filter((name) => !name.endsWith('.test.ts'))
    for (const name of files) {
      const text = readFileSync(join(verifyFolder, name), 'utf8')
      const imports = [...text.matchAll(/^(?:import|export|\}).* from '([^']+)'$/gm)].map(
        ([, from]) => from ?? '',
      )
      const own = /^(node:\w+|\.\/[\w-]+\.ts|lmdb|@openbsn\/sdk|\.\.\/\.\.\/kernel\/errors\.ts)$/
      assert.deepEqual(
        imports.filter((from) => !own.test(from)),
        [],
        name,
      )
      const sdk = /import (type )?\{([^}]*)\} from '@openbsn\/sdk'/.exec(text)?.[2] ?? 'CodedError'
      assert.equal(sdk.trim(), 'CodedError', `${name}: of the SDK nothing but its error`)
    }
  })
})
