import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type CborValue, decodeCbor, encodeCbor } from '@openbsn/sdk'
import type { Key } from 'lmdb'
import {
  busyEntries,
  busyLedger,
  copyOfLedger,
  type Tables,
} from '../../src/testing/busy-ledger.ts'
import {
  blockWith,
  chunkWith,
  type Damage,
  flipAt,
  flipped,
  foundAfter,
  removed,
  runWith,
} from '../../src/testing/damage.ts'
import { LedgerWorld } from '../../src/testing/ledger-world.ts'
import { testPrng } from '../../src/testing/seed.ts'

const tableNames = ['meta', 'blocks', 'entries', 'identities', 'tiles', 'values', 'pages']

type Place = { readonly table: string; readonly key: Key; readonly value: Buffer }

let world: LedgerWorld
let height: number
/** Everything that is stored, undamaged. */
let stored: Place[]
const found = (damage: Damage) => foundAfter(world.folder.path, damage)

before(async () => {
  world = await busyLedger()
  height = world.ledger.head.height
  await world.ledger.close()
  const copy = copyOfLedger(world.folder.path)
  await copy.change((tables) => {
    stored = tableNames.flatMap((table) => {
      const { keys, get } = tables(table)
      return keys().map((key) => ({ table, key, value: get(key) }))
    })
  })
  copy.remove()
})
after(() => world.folder.remove())

describe('bsn ledger verify names', () => {
  it('genesis', async () => {
    assert.equal(await found(removed('meta', 'genesis')), 'genesis document')
    assert.equal(await found(removed('meta', 'format')), 'genesis format')
    assert.equal(await found(flipAt('meta', 'format', 0)), 'genesis format')
    const { length } = world.ledger.genesisBytes
    for (const at of [0, 12, length - 60, length - 1]) {
      assert.equal(await found(flipAt('meta', 'genesis', at)), 'genesis document', `byte ${at}`)
    }
  })

  it('a block by whatever of it was changed', async () => {
    const at = 12
    const parts = decodeCbor(storedBlock(at))
    assert.ok(Array.isArray(parts))
    for (let place = 0; place < 4; place++) {
      const damage = blockWith(at, { [place]: Number(parts[place]) + 1 })
      assert.equal(await found(damage), `block ${at}`, `field ${place}`)
    }
    const hash = Buffer.alloc(32, 7)
    const fields: Record<number, CborValue>[] = [{ 4: hash }, { 5: hash }, { 6: [] }, { 1: 1 }]
    for (const field of fields) {
      assert.equal(await found(blockWith(at, field)), `block ${at}`, JSON.stringify(field))
    }
    assert.equal(await found(flipAt('blocks', at, 140)), `block ${at}`)
    assert.equal(await found(blockWith(0, { 1: 1 })), 'block 0')
    for (const one of [at, height]) {
      assert.equal(await found(removed('blocks', one)), `block ${one}`)
    }
    assert.equal(await found(removed('meta', 'head')), 'block head')
    const shorter: Damage = (tables) => tables('meta').put('head', encodeCbor(10))
    assert.equal(await found(shorter), 'block 11')
  })

  it('a block that only a former validator signed', async () => {
    const former = decodeCbor(storedBlock(10))
    assert.ok(Array.isArray(former))
    assert.equal(await found(blockWith(height, { 6: former[6] ?? null })), `block ${height}`)
  })

  it('a tile', async () => {
    assert.equal(await found(removed('tiles', [0, 0])), 'tile 0/0')
    const extra: Damage = (tables) => tables('tiles').put([1, 0], Buffer.alloc(8192))
    assert.equal(await found(extra), 'tile 1/0')
  })

  it('a tile that is not the first, and the first of two', async (t) => {
    const long = await (await LedgerWorld.create()).settle()
    t.after(() => long.folder.remove())
    const records = Array.from({ length: 600 }, (_, i) => long.record(`record ${i}`))
    await long.recorded(await Promise.all(records))
    await long.ledger.close()
    const [first, second] = [flipAt('tiles', [0, 0], 5), flipAt('tiles', [0, 1], 5)]
    assert.equal(await foundAfter(long.folder.path, second), 'tile 0/1')
    assert.equal(await foundAfter(long.folder.path, second, first), 'tile 0/0')
  })

  it('a key of the state, and a page', async () => {
    assert.equal(await found(removed('values', 'credential/c3')), 'key credential/c3')
    const added: Damage = (tables) => tables('values').put('service/z', Buffer.of(0xa0))
    assert.equal(await found(added), 'key service/z')
    assert.equal(await found(flipAt('pages', '/', 30)), 'key page /')
    assert.equal(await found(removed('pages', '/')), 'key page /')
    const page: Damage = (tables) => tables('pages').put('/zz', Buffer.of(0))
    assert.equal(await found(page), 'key page /zz')
  })

  it('a run of the index', async () => {
    const [name = ''] = runs()
    const { length } = readFileSync(runPath(name))
    for (const at of [0, 15, 19, 40, 64, 90, 103, length - 40, length - 1]) {
      const damage = runWith(name, (bytes) => flipped(bytes, at))
      assert.equal(await found(damage), `run ${name}`, `byte ${at}`)
    }
    assert.equal(await found(runWith(name, (bytes) => bytes.subarray(0, -1))), `run ${name}`)
    const gone: Damage = (_, folder) => rmSync(join(folder, 'dedupe', name))
    assert.equal(await found(gone), `run ${name}`)
    assert.equal(await found(removed('meta', 'manifest')), 'run manifest')
    assert.equal(await found(flipAt('meta', 'manifest', 2)), 'run manifest')
  })
})

describe('bsn ledger verify names an entry', () => {
  it('that was changed or removed', async () => {
    assert.equal(await found(removed('entries', 5)), 'entry 5')
    assert.equal(await found(removed('identities', 5)), 'entry 5')
    for (const at of [3, 40, 71]) {
      assert.equal(await found(flipAt('identities', 5, at)), 'entry 5', `byte ${at} of its record`)
    }
    for (const at of [7, 11, 15, 16, 20, 60, 200]) {
      assert.equal(await found(flipAt('entries', 5, at)), 'entry 5', `byte ${at}`)
    }
  })

  it('that stands in the place of another', async () => {
    const swap: Damage = (tables) => {
      const first = recordsChunk(tables)
      const chunk = tables('entries').get(first)
      const swapped = chunkWith(chunk, ([a, b, c, d, e, f, ...rest]) =>
        [a, f, c, d, e, b, ...rest].map((one) => one ?? Buffer.alloc(0)),
      )
      tables('entries').put(first, swapped)
    }
    assert.equal(await found(swap), `entry ${recordsFirst + 1}`)
  })

  it('that no block has', async () => {
    for (const table of ['entries', 'identities']) {
      const copied: Damage = (tables) => tables(table).put(busyEntries, tables(table).get(5))
      assert.equal(await found(copied), `entry ${busyEntries}`)
    }
  })

  it('that somebody put in with a block of its own', async () => {
    const forged: Damage = (tables) => {
      const parts = decodeCbor(tables('blocks').get(height))
      assert.ok(Array.isArray(parts))
      const block = [height + 1, Number(parts[1]), busyEntries, 1, ...parts.slice(4)]
      tables('blocks').put(height + 1, encodeCbor(block))
      tables('entries').put(busyEntries, tables('entries').get(5))
      tables('identities').put(busyEntries, tables('identities').get(5))
      tables('meta').put('head', encodeCbor(height + 1))
    }
    assert.equal(await found(forged), `block ${height + 1}`)
  })

  it('that is the twin of one: (r, n - s) for (r, s), which holds as well', async () => {
    const twin: Damage = (tables) => {
      const first = recordsChunk(tables)
      const chunk = chunkWith(tables('entries').get(first), (entries) =>
        entries.map((entry, i) => (i === 1 ? twinOf(entry) : entry)),
      )
      tables('entries').put(first, chunk)
    }
    assert.equal(await found(twin), `entry ${recordsFirst + 1}`)
  })
})

describe('any flipped bit', () => {
  it('is found, in every table and file', async () => {
    const prng = testPrng()
    const files = runs().map((name) => ({ name, value: readFileSync(runPath(name)) }))
    const places = [...stored, ...files]
    for (let round = 0; round < 200; round++) {
      const place = places[prng.int(0, places.length - 1)]
      assert.ok(place)
      const at = prng.int(0, place.value.length - 1)
      const bit = 1 << prng.int(0, 7)
      const damage =
        'table' in place
          ? flipAt(place.table, place.key, at, bit)
          : runWith(place.name, (bytes) => flipped(bytes, at, bit))
      const name = 'table' in place ? `${place.table} ${String(place.key)}` : place.name
      const said = `seed ${prng.seed}, round ${round}: ${name}, byte ${at}, bit ${bit}`
      const finding = await found(damage).catch((error: { code?: string }) => error.code)
      assert.notEqual(finding, 'nothing', said)
      assert.notEqual(finding, undefined, said)
    }
  })
})

/** Index of the first of the records, and of their chunk: c1 to c4 in turn. */
const recordsFirst = 21

function recordsChunk(tables: Tables): number {
  assert.ok(tables('entries').keys().includes(recordsFirst))
  return recordsFirst
}

function storedAt(table: string, at: Key): Buffer {
  const place = stored.find((one) => one.table === table && one.key === at)
  assert.ok(place)
  return place.value
}

const storedBlock = (height: number) => storedAt('blocks', height)
const runPath = (name: string) => join(world.folder.path, 'dedupe', name)

/** Those that the ledger names: a file that was written last may wait for its block. */
function runs(): string[] {
  const manifest = decodeCbor(storedAt('meta', 'manifest'))
  const list = Array.isArray(manifest) && Array.isArray(manifest[1]) ? manifest[1] : []
  return list.map((run) => (Array.isArray(run) ? String(run[0]) : ''))
}

/** Order of the group of P-256 (SEC 2, section 2.4.2). */
const p256Order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

function twinOf(entry: Buffer): Buffer {
  const s = BigInt(`0x${entry.toString('hex', entry.length - 32)}`)
  const twin = Buffer.from((p256Order - s).toString(16).padStart(64, '0'), 'hex')
  return Buffer.concat([entry.subarray(0, -32), twin])
}
