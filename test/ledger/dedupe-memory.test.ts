import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { DedupeIndex, emptyManifest } from '../../src/ledger/dedupe/dedupe-index.ts'
import { testFolder } from '../../src/testing/folder.ts'

const buffered = () => process.memoryUsage().arrayBuffers
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** More than once: what a buffer was in is freed after what held it was found to be garbage. */
async function collectAll(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    collectGarbage()
    await pause(20)
  }
}

/** An index that grows, and the bytes of buffers that it takes. */
class MemoryMeter {
  readonly folder = testFolder()
  readonly failures: Error[] = []
  readonly index: DedupeIndex
  readonly #identity = Buffer.alloc(32)
  readonly #tableEntries: number
  #count = 0

  constructor(tableEntries: number) {
    this.#tableEntries = tableEntries
    const options = {
      folder: this.folder.path,
      manifest: emptyManifest,
      memtableEntries: tableEntries,
    }
    this.index = new DedupeIndex(options, { onFailure: (error) => this.failures.push(error) })
  }

  numbered(i: number): Buffer {
    // Mixed well enough to spread over slots; hashing a million times would only cost time.
    for (let word = 0; word < 8; word++)
      this.#identity.writeUInt32BE(Math.imul(i + word, 0x9e3779b1) >>> 0, word * 4)
    return this.#identity
  }

  /** Adds entries up to `count`: most bytes meanwhile, and what remains when all runs are there. */
  async growTo(count: number): Promise<{ most: number; after: number }> {
    let most = 0
    for (; this.#count < count; this.#count++) {
      this.index.add(this.numbered(this.#count), this.#count)
      if (this.#count % 2000 === 0) await turn()
      // As under any load that is not a benchmark of this alone: the worker keeps up.
      while (this.#count - this.index.manifest.flushedTo > 1.9 * this.#tableEntries) await pause(1)
      if (this.#count % 20_000 !== 0) continue
      most = Math.max(most, buffered())
      this.index.manifestStored(this.index.manifest)
    }
    const isFlushed = () => this.index.manifest.flushedTo + this.#tableEntries >= count
    for (let i = 0; i < 2000 && !isFlushed(); i++) await pause(5)
    for (let quiet = 0, before = this.index.manifest; quiet < 20; quiet++) {
      await pause(10)
      if (this.index.manifest !== before) quiet = 0
      before = this.index.manifest
    }
    this.index.manifestStored(this.index.manifest)
    await collectAll()
    return { most, after: buffered() }
  }
}

describe('a dedupe index of a million entries', () => {
  it('takes so little for each that 100 million fit into a fifth of a gigabyte', async (t) => {
    const tableEntries = 2 ** 15
    await collectAll()
    const before = buffered()
    const meter = new MemoryMeter(tableEntries)
    const some = await meter.growTo(200_000)
    const all = await meter.growTo(1_000_000)
    for (let i = 0; i < 1_000_000; i += 9973) {
      assert.equal(meter.index.find(meter.numbered(i), { isAct: true, iat: 0 }), i)
    }
    const bytesPerEntry = (all.after - some.after) / 800_000
    const perTableEntry = (all.after - before - bytesPerEntry * 1_000_000) / tableEntries
    const at100Million = 100e6 * bytesPerEntry + perTableEntry * 2 ** 19
    t.diagnostic(
      `${bytesPerEntry.toFixed(2)} bytes an entry, ${perTableEntry.toFixed(0)} of the newest, ` +
        `${Math.round(at100Million / 1e6)} MB at 100 million`,
    )
    // The filter has 10 bits for each; the newest are in a table of 44 bytes, or in two.
    assert.ok(bytesPerEntry > 1.2 && bytesPerEntry < 1.4, `${bytesPerEntry} bytes an entry`)
    assert.ok(at100Million < 200e6, `${at100Million} bytes`)
    assert.ok(all.most - before < 12e6, `${all.most - before} bytes while it grew`)
    const { runs } = meter.index.manifest
    assert.ok(runs.length < 24, JSON.stringify(runs))
    await meter.index.close()
    assert.deepEqual(meter.failures, [])
    meter.folder.remove()
  })
})
