import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { signStatement, utf8 } from '@openbsn/sdk'
import { testFolder } from '../../testing/folder.ts'
import { namedSigner } from '../../testing/named-signer.ts'
import type { Prng } from '../../testing/prng.ts'
import { testPrng } from '../../testing/seed.ts'
import { type OfferedEntry, Projection, type ProjectionFilter } from './projection.ts'

type Row = {
  readonly service: string
  readonly key: string | undefined
  readonly bytes: Uint8Array
}

const signer = namedSigner('c1')
const services = ['flights', 'flight', 'a\u0000b', 'a']
const keys = [undefined, 'x', 'x\u0000', 'y', 'xx', 'ключ', '\u0001']

async function rowOf(prng: Prng): Promise<Row> {
  const service = services[prng.int(0, services.length - 1)] ?? ''
  const key = keys[prng.int(0, keys.length - 1)]
  const claims = {
    iss: 'c1',
    sub: service,
    aud: 'bsn1',
    iat: 1,
    ...(key === undefined ? {} : { key }),
  }
  const input = { contentType: 'text/plain', claims, payload: utf8('x') }
  return { service, key, bytes: await signStatement(input, signer) }
}

/** A log as an array, its projection, and lists made by looking at every row. */
class Lists {
  readonly folder = testFolder()
  readonly failures: Error[] = []
  rows: Row[] = []
  projection: Projection

  constructor() {
    this.projection = this.open()
  }

  open(): Projection {
    const source = {
      size: () => this.rows.length,
      entriesFrom: (from: number) =>
        this.rows.slice(from).map(({ bytes }, i) => ({ index: from + i, bytes })),
    }
    const deps = { source, onFailure: (error: Error) => this.failures.push(error) }
    this.projection = new Projection({ folder: this.folder.path }, deps)
    return this.projection
  }

  /** Appends rows as a commit does, and tells the projection of them, or not. */
  append(rows: readonly Row[], isOffered: boolean): void {
    const first = this.rows.length
    this.rows.push(...rows)
    const offered = rows.map(({ bytes, service, key }): OfferedEntry => {
      return { bytes, authority: { sub: service }, isKeyed: key !== undefined }
    })
    if (isOffered) this.projection.offer(first, offered)
  }

  async check(filter: ProjectionFilter, what: string): Promise<void> {
    const { service, key, fromIndex, order, limit } = filter
    const { indexes, position } = await this.projection.list(filter)
    const toIndex = Math.min(filter.toIndex, position)
    const wanted = this.rows.flatMap((row, index) => {
      const isIn = index >= fromIndex && index < toIndex
      const isOne = (service ?? row.service) === row.service && (key ?? row.key) === row.key
      return isIn && isOne ? [index] : []
    })
    if (order === 'newest') wanted.reverse()
    assert.deepEqual(indexes, wanted.slice(0, limit), `${what}: ${JSON.stringify(filter)}`)
  }

  async remove(): Promise<void> {
    await this.projection.close()
    assert.deepEqual(this.failures, [])
    this.folder.remove()
  }
}

function filterOf(prng: Prng, size: number): ProjectionFilter {
  const service = services[prng.int(0, services.length)]
  const key = service === undefined ? undefined : keys[prng.int(0, keys.length - 1)]
  return {
    ...(service === undefined ? {} : { service }),
    ...(key === undefined ? {} : { key }),
    fromIndex: prng.int(0, size),
    toIndex: prng.int(0, size + 5),
    order: prng.int(0, 1) === 0 ? 'oldest' : 'newest',
    limit: prng.int(1, 30),
  }
}

const everything = { fromIndex: 0, toIndex: 1e9, order: 'oldest', limit: 1e9 } as const

const prng = testPrng()
const some = (count: number) => Promise.all(Array.from({ length: count }, () => rowOf(prng)))

describe('a projection', () => {
  let lists: Lists
  beforeEach(() => {
    lists = new Lists()
  })
  afterEach(() => lists.remove())

  it('lists what a look at every entry lists, offered or read from the log', async () => {
    for (let round = 0; round < 40; round++) {
      lists.append(await some(prng.int(0, 40)), prng.int(0, 3) > 0)
      if (prng.int(0, 3) === 0) await lists.projection.advance()
      if (prng.int(0, 9) === 0) {
        await lists.projection.close()
        lists.open()
      }
      for (let i = 0; i < 5; i++) {
        const what = `seed ${prng.seed}, round ${round}`
        await lists.check(filterOf(prng, lists.rows.length), what)
      }
    }
    // What was appended last may not have been offered: then nobody has asked for it yet.
    while (lists.projection.position < lists.rows.length) await lists.projection.advance()
    const { position } = await lists.projection.list(everything)
    assert.equal(position, lists.rows.length, `seed ${prng.seed}`)
    for (const service of services) await lists.check({ ...everything, service }, 'at the end')
  })

  it('is asked for while it takes in what the log had, and waits for it', async () => {
    lists.append(await some(50), false)
    const catchingUp = lists.projection.advance()
    assert.equal((await lists.projection.list(everything)).position, 50)
    await catchingUp
  })

  it('is made again where its folder was deleted', async () => {
    lists.append(await some(50), true)
    await lists.projection.advance()
    await lists.projection.close()
    rmSync(lists.folder.path, { recursive: true })
    await lists.open().advance()
    for (const service of services) await lists.check({ ...everything, service }, 'anew')
  })

  it('forgets what it knows of a log that is shorter by now', async () => {
    lists.append(await some(30), false)
    await lists.projection.advance()
    await lists.projection.close()
    lists.rows = await some(20)
    await lists.open().advance()
    assert.equal(lists.projection.position, 20)
    lists.append(await some(30), true)
    await lists.projection.advance()
    for (const service of services) await lists.check({ ...everything, service }, 'after')
  })
})

describe('a projection that is behind', () => {
  let lists: Lists
  beforeEach(() => {
    lists = new Lists()
  })
  afterEach(() => lists.remove())

  it('tells whoever waits for more, or asks for a list, that it is closed', async () => {
    lists.append(await some(2000), false)
    const { projection } = lists
    const told = { code: 'LEDGER_STOPPED', retryable: true }
    const waiting = assert.rejects(async () => {
      // An end, because a promise that settles without progress would loop in one turn for ever.
      for (let i = 0; i < 1000; i++) await projection.advance()
    }, told)
    await projection.close()
    await waiting
    await assert.rejects(projection.advance(), told)
    await assert.rejects(projection.list(everything), told)
    lists.open()
  })

  it('lists nothing while much of what is asked for is still to be read', async () => {
    const [row] = await some(1)
    assert.ok(row)
    lists.append(
      Array.from({ length: 20_600 }, () => row),
      false,
    )
    const { projection } = lists
    const { service } = row
    const told = { code: 'LISTS_BEHIND', retryable: true, details: { position: 0, size: 20_600 } }
    await assert.rejects(projection.list({ ...everything, service }), told)
    const reading = projection.advance()
    while (projection.position === 0) await new Promise((resolve) => setImmediate(resolve))
    const known = await projection.list({ ...everything, service, toIndex: 500 })
    assert.equal(known.indexes.length, 500)
    await reading
    assert.equal((await projection.list({ ...everything, service })).indexes.length, 20_600)
  })

  it('takes more at once than a step holds', async () => {
    const [row] = await some(1)
    assert.ok(row)
    const many = Array.from({ length: 30_000 }, () => row)
    for (let i = 0; i < 3; i++) lists.append(many, true)
    const { indexes } = await lists.projection.list({ ...everything, service: row.service })
    assert.equal(indexes.length, 90_000)
    assert.ok(indexes.every((index, i) => index === i))
  })
})
