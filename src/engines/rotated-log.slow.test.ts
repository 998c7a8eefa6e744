import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { testFolder } from '../testing/folder.ts'
import { testPrng } from '../testing/seed.ts'
import { openRotatedLog } from './rotated-log.ts'

const linesOf = (...texts: readonly string[]) => texts.map((text) => Buffer.from(text))

describe('a rotated log', () => {
  it('keeps the newest lines, whole, in files of bounded number and size', async (t) => {
    const folder = testFolder()
    t.after(folder.remove)
    const prng = testPrng()
    const path = join(folder.path, 'logs/engine.log')
    const options = { path, sizeBytesMax: 1000, filesMax: 3 }
    let log = await openRotatedLog(options)
    const written: string[] = []
    for (let i = 0; i < 500; i++) {
      const batch = Array.from(
        { length: prng.int(1, 4) },
        (_, at) => `${i}.${at} ${'x'.repeat(prng.int(0, 60))}`,
      )
      written.push(...batch)
      // Not awaited: the order is that of the calls.
      const writing = log.write(linesOf(...batch))
      if (prng.int(0, 50) > 0) continue
      await writing
      await log.close()
      log = await openRotatedLog(options)
    }
    await log.close()
    const names = ['engine.log', 'engine.log.1', 'engine.log.2']
    assert.deepEqual(readdirSync(join(folder.path, 'logs')), names)
    for (const name of names) {
      const { size, mode } = statSync(join(folder.path, 'logs', name))
      assert.ok(size <= 1000, `${name}: ${size}, seed ${prng.seed}`)
      assert.equal(mode & 0o777, 0o600)
    }
    const kept = names.toReversed().map((name) => readFileSync(join(folder.path, 'logs', name)))
    const lines = Buffer.concat(kept).toString('utf8').trimEnd().split('\n')
    assert.deepEqual(lines, written.slice(-lines.length), `seed ${prng.seed}`)
    assert.ok(Buffer.concat(kept).length > 1700, 'and not fewer than it could')
  })

  it('counts what it could not write, and goes on when it can again', async (t) => {
    const folder = testFolder()
    t.after(folder.remove)
    const path = join(folder.path, 'logs/engine.log')
    const log = await openRotatedLog({ path, sizeBytesMax: 10, filesMax: 2 })
    await log.write(linesOf('a line of the first file'))
    rmSync(join(folder.path, 'logs'), { recursive: true })
    await log.write(linesOf('lost', 'lost too'))
    await log.write(linesOf('lost as well'))
    mkdirSync(join(folder.path, 'logs'))
    await log.write(linesOf('there'))
    await log.close()
    assert.equal(readFileSync(path, 'utf8'), '[openbsn] 3 lines were lost\nthere\n')
  })
})
