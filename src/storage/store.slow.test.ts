import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { type CodedError, isCodedError, utf8 } from '@openbsn/sdk'
import { testFolder } from '../testing/folder.ts'
import {
  openStore,
  type RangeOptions,
  type Store,
  type StoreKey,
  type StoreOptions,
  type Table,
} from './store.ts'

/** A store in a folder of its own, anew for each test. */
class TestStore {
  readonly folder = testFolder()
  readonly failures: CodedError[] = []
  readonly commits: number[] = []
  store: Store
  table: Table

  constructor() {
    this.store = this.open()
    this.table = this.store.table('a')
  }

  open(options: Partial<StoreOptions> = {}): Store {
    this.store = openStore(
      { folder: this.folder.path, ...options },
      {
        onFailure: (error) => this.failures.push(error),
        onCommit: (seconds) => this.commits.push(seconds),
      },
    )
    this.table = this.store.table('a')
    return this.store
  }

  keys(options: RangeOptions = {}): StoreKey[] {
    return [...this.table.range(options)].map(({ key }) => key)
  }

  async remove(): Promise<void> {
    await this.store.close()
    this.folder.remove()
  }
}

let t: TestStore
const setUp = () => {
  t = new TestStore()
}
const tearDown = () => t.remove()

describe('writing to a store', () => {
  beforeEach(setUp)
  afterEach(tearDown)

  it('keeps what was written together, and finds it again', async () => {
    const other = t.store.table('b')
    await t.store.write(() => {
      for (const i of [3, 1, 2]) t.table.put(i, utf8(`${i}`))
      other.put(['x', 1], utf8('pair'))
    })
    await t.store.write(() => t.table.remove(2))
    await t.store.close()
    t.open()
    assert.deepEqual(t.keys(), [1, 3])
    assert.equal(t.table.get(1)?.toString(), '1')
    assert.equal(t.table.get(2), undefined)
    assert.equal(t.store.table('b').get(['x', 1])?.toString(), 'pair')
    assert.equal(t.commits.length, 2)
    assert.ok(t.commits.every((seconds) => seconds > 0 && seconds < 30))
  })

  it('keeps nothing of a write that throws half-way, and tells that it failed', async () => {
    await t.store.write(() => t.table.put(1, utf8('before')))
    const broken = t.store.write(() => {
      t.table.put(1, utf8('after'))
      t.table.put(2, utf8('new'))
      assert.fail('half-way')
    })
    await assert.rejects(broken, { code: 'STORE_COMMIT_FAILED', message: /half-way/ })
    assert.deepEqual(
      t.failures.map(({ code }) => code),
      ['STORE_COMMIT_FAILED'],
    )
    assert.equal(t.table.get(1)?.toString(), 'before')
    assert.deepEqual(t.keys(), [1])
  })

  it('takes a commit that does not end in time for failed', async () => {
    await t.store.close()
    t.open({ commitTimeoutMs: 0 })
    const large = new Uint8Array(32 * 1024 * 1024)
    const late = t.store.write(() => t.table.put(1, large))
    await assert.rejects(late, (error) => {
      assert.ok(isCodedError(error))
      assert.match(error.message, /not done after 0 ms.*nothing that was acknowledged is lost/)
      return error.code === 'STORE_COMMIT_FAILED'
    })
    assert.equal(t.failures.length, 1)
  })
})

describe('opening a store', () => {
  beforeEach(setUp)
  afterEach(() => t.folder.remove())

  it('tells of a file that is none of LMDB, and of one that lost its head', async () => {
    await t.store.write(() => t.table.put(1, utf8('x')))
    await t.store.close()
    const file = join(t.folder.path, 'data.mdb')
    const whole = readFileSync(file)
    const noHead = Buffer.from(whole).fill(0, 0, 512)
    for (const bytes of [Buffer.alloc(whole.length, 'x'), Buffer.from('x'), noHead]) {
      writeFileSync(file, bytes)
      for (const readOnly of [false, true]) {
        assert.throws(() => t.open({ readOnly }), { code: 'STORE_DAMAGED', message: /no file of/ })
      }
    }
    writeFileSync(file, whole)
    assert.equal(t.open().table('a').get(1)?.toString(), 'x')
    await t.store.close()
  })
})

describe('reading a store', () => {
  beforeEach(setUp)
  afterEach(tearDown)

  it('goes through a range in both directions', async () => {
    await t.store.write(() => {
      for (const i of [10, 9, 100, 0]) t.table.put(i, utf8('x'))
      for (const name of ['b', 'a', 'a\u0000', 'ab']) t.table.put(['k', name, 1], utf8('x'))
    })
    assert.deepEqual(t.keys({ end: 1000 }), [0, 9, 10, 100])
    assert.deepEqual(t.keys({ start: 9, end: 100 }), [9, 10])
    assert.deepEqual(t.keys({ start: 99, reverse: true, limit: 1 }), [10])
    assert.deepEqual(t.keys({ start: ['k', 'a', 0], end: ['k', 'a', 9] }), [['k', 'a', 1]])
    assert.deepEqual(t.keys({ start: ['k', 'a', 9], end: ['k', 'a', 0], reverse: true }), [
      ['k', 'a', 1],
    ])
  })

  it('copies itself while it is written, and every copy is one state', async () => {
    const writing = (async () => {
      for (let i = 0; i < 60; i++) {
        await t.store.write(() => {
          t.table.put('left', utf8(`${i}`))
          t.table.put('right', utf8(`${i}`))
        })
      }
    })()
    for (const name of ['one', 'two', 'three']) {
      const target = t.folder.file(name)
      await t.store.copyTo(target)
      const copy = openStore({ folder: target, readOnly: true }, { onFailure: () => undefined })
      const values = copy.table('a')
      assert.equal(values.get('left')?.toString(), values.get('right')?.toString())
      await copy.close()
    }
    await writing
  })

  it('is emptied by one call inside a write', async () => {
    await t.store.write(() => t.table.put(1, utf8('x')))
    await t.store.write(() => t.table.clear())
    assert.deepEqual(t.keys(), [])
  })
})
