import assert from 'node:assert/strict'
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { sha256, utf8 } from '@openbsn/sdk'
import { DedupeIndex, emptyManifest, type Manifest } from '../../src/ledger/dedupe/dedupe-index.ts'
import { Filter, RunFile } from '../../src/ledger/dedupe/run-file.ts'
import { testFolder } from '../../src/testing/folder.ts'
import { testPrng } from '../../src/testing/seed.ts'

const prng = testPrng()
const seed = `seed ${prng.seed}`
const daySeconds = 86_400

type Entry = { readonly identity: Uint8Array; readonly iat: number; readonly isAct: boolean }
type Size = { readonly memtableEntries: number; readonly fanIn: number }

/** The index as a ledger drives it: blocks, manifests stored with them, crashes in between. */
class Driver {
  readonly folder = testFolder()
  readonly entries: Entry[] = []
  readonly failures: Error[] = []
  readonly #size: Size
  index: DedupeIndex
  stored: Manifest = emptyManifest

  constructor(size: Size) {
    this.#size = size
    this.index = this.#open()
  }

  #open(): DedupeIndex {
    const options = { folder: this.folder.path, manifest: this.stored, ...this.#size }
    return new DedupeIndex(options, { onFailure: (error) => this.failures.push(error) })
  }

  add(count: number): void {
    for (let i = 0; i < count; i++) {
      const number = this.entries.length
      const entry = {
        identity: sha256(utf8(`${prng.seed} ${number}`)),
        iat: prng.int(0, 400) * daySeconds + prng.int(0, daySeconds - 1),
        isAct: prng.int(0, 1) === 0,
      }
      this.entries.push(entry)
      this.index.add(entry.identity, entry.iat)
    }
  }

  storeManifest(): void {
    this.stored = this.index.manifest
    this.index.manifestStored(this.stored)
  }

  /** What a kill leaves: the manifest of the last block, and files that it does not name. */
  async crash(): Promise<void> {
    await this.index.close()
    writeFileSync(join(this.folder.path, '999999.run'), 'half a r')
    this.index = this.#open()
    for (const { identity, iat } of this.entries.slice(this.stored.flushedTo)) {
      this.index.add(identity, iat)
    }
  }

  async run(blocks: number): Promise<void> {
    const oneIn = (count: number) => prng.int(1, count) === 1
    for (let block = 0; block < blocks; block++) {
      this.add(prng.int(1, 40))
      this.check()
      if (!oneIn(4)) await turn()
      if (oneIn(10)) await pause(5)
      if (!oneIn(4)) this.storeManifest()
      if (oneIn(15)) await this.crash()
      this.check()
    }
  }

  check(): void {
    const last = this.entries.length - 1
    for (let i = 0; i < 60; i++) {
      const number = prng.int(0, last)
      const entry = this.entries[number]
      if (entry) this.#checkOne(entry, number)
    }
    const unknown = sha256(utf8(`unknown ${prng.int(0, 1e9)}`))
    for (const isAct of [true, false]) {
      assert.equal(this.index.find(unknown, { isAct, iat: 5 * daySeconds }), undefined, seed)
    }
  }

  #checkOne({ identity, iat, isAct }: Entry, number: number): void {
    const what = `${seed}: entry ${number} of ${this.entries.length}`
    assert.equal(this.index.find(identity, { isAct, iat }), number, what)
    // A retry by cti may carry another iat; a hash is of one day, and no run has another year.
    const otherDay = prng.int(500, 900) * daySeconds
    assert.equal(this.index.find(identity, { isAct: true, iat: otherDay }), number, what)
    const isInRun = number < this.index.manifest.flushedTo
    const found = this.index.find(identity, { isAct: false, iat: otherDay })
    assert.equal(found, isInRun ? undefined : number, what)
  }

  /** Waits until the worker has caught up: full tables are written, and no merge ends any more. */
  async idle(): Promise<void> {
    const isFlushed = () =>
      this.index.manifest.flushedTo + this.#size.memtableEntries >= this.entries.length
    for (let i = 0; i < 2000 && !isFlushed(); i++) await pause(5)
    for (let quiet = 0, before = this.index.manifest; quiet < 10; quiet++) {
      await pause(10)
      if (this.index.manifest !== before) quiet = 0
      before = this.index.manifest
    }
  }

  async remove(): Promise<void> {
    await this.index.close()
    assert.deepEqual(this.failures, [])
    this.folder.remove()
  }
}

describe('the dedupe index, against the list of all entries', () => {
  const sizes = [
    { memtableEntries: 16, fanIn: 2 },
    { memtableEntries: 16, fanIn: 4 },
    { memtableEntries: 64, fanIn: 3 },
  ]
  for (const size of sizes) {
    it(`finds each through flushes, merges and crashes: ${JSON.stringify(size)}`, async () => {
      const driver = new Driver(size)
      await driver.run(150)
      await driver.idle()
      const files = () =>
        readdirSync(driver.folder.path)
          .filter((name) => name !== '999999.run')
          .sort()
      const named = () => driver.stored.runs.map(({ name }) => name).sort()
      driver.storeManifest()
      // A merge that takes long on a busy machine has a file of its own until it is done.
      for (let i = 0; i < 500 && !isDeepStrictEqual(files(), named()); i++) {
        await pause(10)
        driver.storeManifest()
      }
      assert.deepEqual(files(), named(), seed)
      assert.ok(driver.stored.flushedTo > driver.entries.length - 2 * size.memtableEntries, seed)
      await driver.crash()
      driver.check()
      await driver.remove()
    })
  }

  it('keeps the files of a stored manifest, though a merge ended meanwhile', async () => {
    const driver = new Driver({ memtableEntries: 16, fanIn: 2 })
    driver.add(40)
    await driver.idle()
    const beingStored = driver.index.manifest
    assert.ok(beingStored.runs.length > 0)
    driver.add(64)
    await driver.idle()
    assert.notDeepEqual(driver.index.manifest.runs, beingStored.runs)
    driver.index.manifestStored(beingStored)
    for (const { name } of beingStored.runs) {
      assert.ok(existsSync(join(driver.folder.path, name)), name)
    }
    driver.stored = beingStored
    await driver.crash()
    driver.check()
    await driver.remove()
  })

  it('keeps every file while somebody copies them', async () => {
    const driver = new Driver({ memtableEntries: 16, fanIn: 2 })
    driver.add(40)
    await driver.idle()
    driver.storeManifest()
    const unpin = driver.index.pin()
    const { stored } = driver
    driver.add(100)
    await driver.idle()
    driver.storeManifest()
    const copy = testFolder()
    for (const { name } of stored.runs) {
      copyFileSync(join(driver.folder.path, name), join(copy.path, name))
    }
    unpin()
    driver.storeManifest()
    assert.equal(readdirSync(driver.folder.path).length, driver.stored.runs.length)
    copy.remove()
    await driver.remove()
  })
})

describe('run files', () => {
  it('are refused where a part is missing or was changed in head or filter', async () => {
    const driver = new Driver({ memtableEntries: 64, fanIn: 4 })
    driver.add(65)
    await driver.idle()
    driver.storeManifest()
    const name = driver.stored.runs[0]?.name ?? ''
    const path = join(driver.folder.path, name)
    const bytes = readFileSync(path)
    const headBytes = 64
    const filterStart = headBytes + 64 * 40
    const torn = testFolder().file('torn.run', bytes)
    const refused = () => assert.throws(() => new RunFile(torn), { code: 'STORE_DAMAGED' })
    for (let round = 0; round < 200; round++) {
      writeFileSync(torn, bytes)
      truncateSync(torn, prng.int(0, statSync(path).size - 1))
      refused()
      const at = prng.int(0, headBytes + bytes.length - filterStart - 1)
      const changed = Buffer.from(bytes)
      const place = at < headBytes ? at : filterStart + at - headBytes
      changed[place] = (changed[place] ?? 0) ^ (1 << prng.int(0, 7))
      writeFileSync(torn, changed)
      refused()
    }
    writeFileSync(torn, Buffer.alloc(0))
    refused()
    await driver.remove()
  })

  it('have filters that never deny what was put in, and seldom confirm what was not', () => {
    const filter = Filter.forCount(2000)
    const identity = (i: number) => sha256(utf8(`${prng.seed} ${i}`))
    for (let i = 0; i < 2000; i++) filter.add(identity(i))
    for (let i = 0; i < 2000; i++) assert.ok(filter.mayHave(identity(i)), `${seed}: ${i}`)
    let wrong = 0
    for (let i = 2000; i < 12_000; i++) wrong += filter.mayHave(identity(i)) ? 1 : 0
    assert.ok(wrong < 300, `${seed}: ${wrong} of 10000`)
  })
})

describe('days', () => {
  const dayCount = 6
  const perDay = 16
  const identity = (day: number, i: number) => sha256(utf8(`${prng.seed} day ${day} ${i}`))

  /** A run for each of some days, and what is newer in memory. */
  async function runPerDay(): Promise<Driver> {
    const driver = new Driver({ memtableEntries: perDay, fanIn: dayCount + 1 })
    for (let day = 0; day <= dayCount; day++) {
      for (let i = 0; i < perDay; i++) {
        const entry = { identity: identity(day, i), iat: day * daySeconds + i, isAct: false }
        driver.entries.push(entry)
        driver.index.add(entry.identity, entry.iat)
      }
    }
    await driver.idle()
    driver.storeManifest()
    assert.equal(driver.stored.runs.length, dayCount)
    return driver
  }

  it('are asked for a hash one by one: its own alone, and all of them for a cti', async () => {
    const driver = await runPerDay()
    const { index, stored } = driver
    const days = Array.from({ length: dayCount }, (_, day) => day)
    const find = (day: number, i: number, how: { isAct: boolean; on: number }) =>
      index.find(identity(day, i), { isAct: how.isAct, iat: how.on * daySeconds + 1 })
    const every = (each: (day: number, i: number) => void) => {
      for (const day of days) for (let i = 0; i < perDay; i++) each(day, i)
    }
    every((day, i) => {
      for (const on of [...days, dayCount, 9]) {
        const number = day * perDay + i
        const what = `${seed}: entry ${i} of day ${day}, asked for on day ${on}`
        assert.equal(find(day, i, { isAct: true, on }), number, what)
        const ofHash = on === day ? number : undefined
        assert.equal(find(day, i, { isAct: false, on }), ofHash, what)
      }
    })
    // What is read of a file without entries throws, so that being asked shows.
    const mine = 2
    for (const day of days.filter((one) => one !== mine)) {
      truncateSync(join(driver.folder.path, stored.runs[day]?.name ?? ''), 0)
    }
    every((day, i) => {
      const what = `${seed}: entry ${i} of day ${day}`
      const number = day === mine ? mine * perDay + i : undefined
      assert.equal(find(day, i, { isAct: false, on: mine }), number, what)
      if (day === mine) return
      const asked = { code: 'STORE_DAMAGED' }
      assert.throws(() => find(day, i, { isAct: true, on: mine }), asked, what)
      assert.throws(() => find(day, i, { isAct: false, on: day }), asked, what)
    })
    await driver.remove()
  })

  it('that are hot are in memory: nothing is read for what was added last', async () => {
    const driver = await runPerDay()
    const { index, stored } = driver
    for (const { name } of stored.runs) truncateSync(join(driver.folder.path, name), 0)
    for (let i = 0; i < perDay; i++) {
      for (const isAct of [true, false]) {
        const found = index.find(identity(dayCount, i), { isAct, iat: dayCount * daySeconds })
        assert.equal(found, dayCount * perDay + i, seed)
      }
    }
    await driver.remove()
  })
})
