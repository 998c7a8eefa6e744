import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RangeOptions, Store } from '../src/storage/store.ts'
import { openStore } from '../src/storage/store.ts'
import { testFolder } from '../src/testing/folder.ts'
import { testPrng } from '../src/testing/seed.ts'
import { MemoryDisk } from './memory-disk.ts'

describe('a disk in memory', () => {
  it('does as LMDB does, whatever is written, removed and asked for', async () => {
    const prng = testPrng()
    const folder = testFolder()
    const real = openStore({ folder: folder.path }, { onFailure: assert.ifError })
    const disk = new MemoryDisk()
    for (let step = 0; step < 40; step++) {
      const stores = [real, disk.open()]
      const changes = Array.from({ length: prng.int(0, 6) }, () => ({
        key: prng.int(0, 30),
        value: prng.int(0, 4) === 0 ? undefined : Buffer.from([prng.int(0, 255)]),
      }))
      for (const store of stores) await store.write(() => change(store, changes))
      const range: RangeOptions = {
        start: prng.int(-1, 31),
        ...(prng.int(0, 1) ? { end: prng.int(-1, 31) } : {}),
        reverse: prng.int(0, 1) === 1,
        limit: prng.int(1, 9),
      }
      const [expected, found] = stores.map((store) => seen(store, range))
      assert.deepEqual(found, expected, `seed ${prng.seed}, ${JSON.stringify(range)}`)
    }
    await real.close()
    folder.remove()
  })

  it('writes all of a change or nothing, and a copy goes its own way', async () => {
    const disk = new MemoryDisk()
    const store = disk.open()
    await store.write(() => store.table('t').put('a', Buffer.from('1')))
    const half = store.write(() => {
      store.table('t').put('a', Buffer.from('2'))
      throw new RangeError('half-way')
    })
    await assert.rejects(half, RangeError)
    const copy = disk.copy().open()
    await store.write(() => store.table('t').put('a', Buffer.from('3')))
    assert.equal(String(copy.table('t').get('a')), '1')
    assert.equal(String(disk.open().table('t').get('a')), '3')
  })
})

type Change = { readonly key: number; readonly value: Buffer | undefined }

function change(store: Store, changes: readonly Change[]): void {
  for (const { key, value } of changes) {
    for (const [table, own] of [
      ['n', key],
      ['s', `key/${key}`],
      ['l', [key, 1]],
    ] as const) {
      if (value) store.table(table).put(own as number, value)
      else store.table(table).remove(own as number)
    }
  }
}

function seen(store: Store, { start, end, ...range }: RangeOptions) {
  const texts = { start: `key/${start}`, ...(end === undefined ? {} : { end: `key/${end}` }) }
  const numbers = { start: start ?? 0, ...(end === undefined ? {} : { end }) }
  const list = [
    ...store.table('n').range({ ...numbers, ...range }),
    ...store.table('s').range({ ...texts, ...range }),
  ]
  const single = [store.table('l').get([3, 1]), store.table('n').get(7)]
  return [...list.map(({ key, value }) => `${key} ${[...value]}`), ...single.map(String)]
}
