import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { encodeCbor, utf8 } from '@openbsn/sdk'
import { LedgerWorld } from '../../src/testing/ledger-world.ts'
import { testPrng } from '../../src/testing/seed.ts'

/** Statements that there are; entries of one memtable; processes that are killed. */
const [statementsMax, memtableEntries, lives] = [6000, 64, 14]

const program = new URL('./small-ledger.ts', import.meta.url).pathname

/** A ledger that a process of its own writes to, as long as it lives. */
async function killable(t: TestContext) {
  const world = await LedgerWorld.create({ memtableEntries })
  t.after(() => world.remove())
  await world.settle()
  const sign = (_: unknown, number: number) =>
    world.record(`record ${number}`, { cti: utf8(`act ${number}`) })
  const statements = await Promise.all(Array.from({ length: statementsMax }, sign))
  const file = world.folder.file('statements.cbor', Buffer.from(encodeCbor(statements)))
  const { path } = world.folder

  /** One life, killed a moment after so many answers; gives the lines of what was on disk. */
  async function live(from: number, answers: number, milliseconds: number): Promise<string[]> {
    const facts = [path, file, from, memtableEntries, world.clock.now].map(String)
    const child = spawn(process.execPath, [...process.execArgv, program, ...facts])
    let [said, complaint] = ['', '']
    const enough = new Promise<void>((resolve) => {
      const lines = () => said.split('\n').length - 1
      child.stdout.setEncoding('utf8').on('data', (part: string) => {
        said += part
        if (lines() >= answers) resolve()
      })
    })
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      complaint += part
    })
    const ended = once(child, 'close')
    if (answers > 0) await Promise.race([enough, ended])
    await pause(milliseconds)
    child.kill('SIGKILL')
    await ended
    assert.equal(complaint, '')
    return said.split('\n').slice(0, -1)
  }
  return { world, statements, live }
}

describe('the index of repeats, killed while it writes its files', () => {
  it('knows every statement that was on disk, and registers none twice', async (t) => {
    const prng = testPrng()
    t.diagnostic(`seed ${prng.seed}`)
    const { world, statements, live } = await killable(t)
    await world.ledger.close()
    const places = new Map<number, string>()
    let last = 0
    for (let life = 0; life < lives; life++) {
      // Some are killed while they open the ledger, and read back what no file has.
      const isEarly = life % 5 === 4
      const [answers, moment] = isEarly
        ? [0, prng.int(100, 900)]
        : [prng.int(200, 600), prng.int(0, 9)]
      for (const line of await live(Math.max(0, last - prng.int(0, 200)), answers, moment)) {
        const [number, outcome, index] = line.split(' ')
        const before = places.get(Number(number))
        assert.ok(outcome === 'duplicate' || (outcome === 'appended' && !before), line)
        assert.ok(before === undefined || before === index, `${line}, not ${before}`)
        places.set(Number(number), String(index))
        last = Number(number)
      }
    }
    const ledger = world.open()
    const outcomes = await ledger.submit([...places.keys()].map((n) => statements[n] as Uint8Array))
    const again = outcomes.map((one) => (one.outcome === 'duplicate' ? String(one.index) : one))
    assert.deepEqual(again, [...places.values()])
    assert.equal(new Set(places.values()).size, places.size)
    assert.deepEqual(world.failures, [])
    const files = readdirSync(join(world.folder.path, 'dedupe'))
    t.diagnostic(`${places.size} statements, ${files.length} files of ${files.join(' ')}`)
    assert.ok(places.size > 10 * memtableEntries && files.length > 1)
  })
})
