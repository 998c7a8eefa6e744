import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { parseStatement } from '@openbsn/sdk'
import { testFolder } from '../testing/folder.ts'
import { credentialOf, LedgerWorld } from '../testing/ledger-world.ts'
import { testPrng } from '../testing/seed.ts'
import { Usage, type UsageFilter, type UsageRow } from './usage.ts'

const all: UsageFilter = { fromDay: 0, toDay: 1e9, limit: 1e9 }
const sorted = (rows: readonly UsageRow[]) => rows.map((row) => JSON.stringify(row)).toSorted()

/** A ledger with its usage, and the same summed up by reading the whole log. */
class UsageWorld {
  readonly folder = testFolder()
  readonly failures: Error[] = []
  readonly ledgers: LedgerWorld
  isOffering = true
  usage: Usage

  private constructor(ledgers: LedgerWorld) {
    this.ledgers = ledgers
    this.usage = this.open()
  }

  static async create(): Promise<UsageWorld> {
    const known: { world?: UsageWorld } = {}
    const ledgers = await LedgerWorld.create({
      onBlock: ({ firstIndex, time }, entries) => {
        if (known.world?.isOffering) known.world.usage.offer(firstIndex, time, entries)
      },
    })
    known.world = new UsageWorld(ledgers)
    await ledgers.settle()
    await ledgers.done('credential-create', credentialOf('c2'))
    return known.world
  }

  open(): Usage {
    const source = {
      size: () => this.size,
      entriesFrom: (from: number) => this.ledgers.ledger.store.entriesFrom(from),
      timeOf: (height: number) => this.ledgers.block(height).time,
    }
    const onFailure = (error: Error) => this.failures.push(error)
    this.usage = new Usage({ folder: this.folder.path }, { source, onFailure })
    return this.usage
  }

  get size(): number {
    const { head } = this.ledgers.ledger
    return head.firstIndex + head.count
  }

  /** The log itself, summed by hand. */
  summed(): UsageRow[] {
    const rows = new Map<string, { entries: number; bytes: number }>()
    for (let index = 0; index < this.size; index++) {
      const entry = this.ledgers.ledger.entry(index)
      assert.ok(entry)
      const { sub, iss } = parseStatement(entry.statement).claims
      if (sub.startsWith('bsn:')) continue
      const key = JSON.stringify([sub, Math.floor(entry.time / 86_400), iss])
      const row = rows.get(key) ?? { entries: 0, bytes: 0 }
      const bytes = row.bytes + entry.statement.length
      rows.set(key, { entries: row.entries + 1, bytes })
    }
    return [...rows].map(([key, sums]) => {
      const [service, day, credential] = JSON.parse(key)
      return { service, day, credential, ...sums }
    })
  }

  async check(what: string): Promise<void> {
    await this.usage.advance()
    const { rows, position } = await this.usage.list(all)
    assert.deepEqual(sorted(rows), sorted(this.summed()), what)
    assert.equal(position, this.size, what)
    assert.equal(this.usage.difference(), 0, what)
  }

  async remove(): Promise<void> {
    await this.usage.close()
    await this.ledgers.remove()
    this.folder.remove()
    assert.deepEqual(this.failures, [])
  }
}

describe('usage', () => {
  let world: UsageWorld
  beforeEach(async () => {
    world = await UsageWorld.create()
  })
  afterEach(() => world.remove())

  it('is what the log sums up to: offered or read, after a restart, and made anew', async () => {
    const prng = testPrng()
    const { ledgers, folder } = world
    for (let round = 0; round < 25; round++) {
      const what = `seed ${prng.seed}, round ${round}`
      world.isOffering = prng.int(0, 3) > 0
      const statements = await Promise.all(
        Array.from({ length: prng.int(1, 20) }, (_, i) =>
          ledgers.record(`${round} ${prng.int(0, 5)} ${i}`, { iss: `c${1 + (i % 2)}` }),
        ),
      )
      await ledgers.ledger.submit([...statements, ...statements.slice(0, 2)])
      ledgers.clock.now += prng.int(0, 50_000)
      if (prng.int(0, 4) === 0) {
        await world.usage.close()
        if (prng.int(0, 1) === 0) rmSync(folder.path, { recursive: true })
        world.open()
      }
      if (prng.int(0, 1) === 0) await world.check(what)
    }
    await world.check('at the end')
    assert.ok(world.summed().length > 5)
  })

  it('is filtered by service, credential and days, page by page', async () => {
    const { ledgers, usage } = world
    for (let day = 0; day < 4; day++) {
      for (const iss of ['c1', 'c2']) {
        await ledgers.submitOne(await ledgers.record(`${day}`, { iss }))
      }
      ledgers.clock.now += 86_400
    }
    const { rows } = await usage.list(all)
    assert.equal(rows.length, 8)
    const paged: UsageRow[] = []
    for (;;) {
      const after = paged.at(-1)
      const page = await usage.list({ ...all, limit: 3, ...(after ? { after } : {}) })
      if (page.rows.length === 0) break
      paged.push(...page.rows)
    }
    assert.deepEqual(paged, rows)
    const first = rows[0]?.day ?? 0
    const some = { ...all, service: 'flights', credential: 'c2', fromDay: first + 1 }
    const { rows: found } = await usage.list({ ...some, toDay: first + 3 })
    assert.deepEqual(
      found.map(({ day, credential }) => `${day - first} ${credential}`),
      ['1 c2', '2 c2'],
    )
    assert.deepEqual((await usage.list({ ...all, service: 'flight' })).rows, [])
  })

  it('counts nothing while much of the log is still to be read', async () => {
    const folder = testFolder()
    const source = { size: () => 50_000, entriesFrom: () => [], timeOf: () => 0 }
    const onFailure = (error: Error) => world.failures.push(error)
    const usage = new Usage({ folder: folder.path }, { source, onFailure })
    const details = { position: 0, size: 50_000 }
    await assert.rejects(usage.list(all), { code: 'LISTS_BEHIND', retryable: true, details })
    await usage.close()
    folder.remove()
  })
})
