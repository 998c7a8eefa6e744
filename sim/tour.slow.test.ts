import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toHex } from '@openbsn/sdk'
import { testPrng } from '../src/testing/seed.ts'
import { continents } from './cities.ts'
import { faultCounts, formatReport, latencyRows } from './report.ts'
import { runTour, type TourReport } from './tour.ts'
import { World } from './world.ts'

const [nodes, validators, records] = [300, 10, 300]
const { seed } = testPrng()
const limit = { timeout: 120_000 }

describe(`300 city nodes on six continents, seed ${seed}`, () => {
  let world: World
  let report: TourReport
  let heads: string[] = []

  it('live through a day of their network in under two minutes', limit, async (t) => {
    const started = performance.now()
    world = await World.create({ seed, nodes, validators, entriesMax: 1024 })
    t.after(() => world.close())
    const times = { recordsMs: 15_000, apartMs: 15_000 }
    report = await runTour(world, { records, ...times, say: (text) => t.diagnostic(text) })
    const seconds = (performance.now() - started) / 1000
    for (const line of formatReport(world, report, seconds).split('\n')) t.diagnostic(line)
    assert.deepEqual(report.faults, [], `seed ${seed}`)
    heads = world.nodes.map(({ ledger: { head } }) => `${head.height} ${toHex(head.appHash)}`)
  })

  it('have one directory with every node in it', () => {
    assert.deepEqual(report.directory, { listed: nodes, others: [] })
  })

  it('take all records, each through the nearest gateway that is up', () => {
    assert.equal(report.steady.sendings.filter(({ answer }) => answer).length, records)
    assert.deepEqual(report.astray, [], `seed ${seed}`)
    assert.equal(report.down.length, 3)
  })

  it('answer from every continent within two seconds, mostly', () => {
    const rows = latencyRows(report.steady.sendings)
    assert.equal(rows.length, continents.length)
    for (const { continent, p50Ms } of rows) {
      assert.ok(p50Ms > 50 && p50Ms < 2000, `${continent}: ${p50Ms} ms, seed ${seed}`)
    }
  })

  it('give receipts that verify with the SDK', () => {
    assert.ok(report.receipts >= records / 10, `${report.receipts} of ${records}`)
  })

  it('decide where two thirds are, say elsewhere that they cannot, and heal', () => {
    const { apart } = report
    assert.deepEqual([apart.blocks.inside, apart.answered.inside], [0, 0], `seed ${seed}`)
    assert.ok(apart.blocks.outside > 0 && apart.sent.inside > 0 && apart.sent.outside > 0)
    // A request that was lost on its way is sent again after 10 s.
    assert.ok(apart.answered.outside >= apart.sent.outside * 0.95, `seed ${seed}`)
    assert.ok((faultCounts(apart.sendings).LEDGER_NO_QUORUM ?? 0) > 0, `seed ${seed}`)
    // Healed: who was cut off has an answer too, the same block and no other.
    for (const { answer } of apart.sendings) assert.ok(answer && answer.outcome !== 'refused')
    assert.equal(new Set(heads).size, 1, `seed ${seed}`)
  })

  it('verify each signature once for all of them', () => {
    const { registered, steady, apart } = report
    const sent = [registered, steady, apart].flatMap(({ sendings }) => sendings).length
    assert.ok(sent >= 2 * records + nodes)
    assert.equal(world.checks.verified, sent)
    assert.ok(world.watch.counts.blocks > nodes * 10, 'all of them executed what was verified')
  })
})
