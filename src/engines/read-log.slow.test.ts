import assert from 'node:assert/strict'
import { appendFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { until } from '../testing/engine-program.ts'
import { testFolder } from '../testing/folder.ts'
import { testPrng } from '../testing/seed.ts'
import { readLog } from './read-log.ts'
import { openRotatedLog } from './rotated-log.ts'

async function all(lines: AsyncIterable<string>, found: string[] = []): Promise<string[]> {
  for await (const line of lines) found.push(line)
  return found
}

describe('readLog', () => {
  it('reads from the oldest file to the newest, and what is there alone', async (t) => {
    const { file, remove } = testFolder()
    t.after(remove)
    const path = file('engine.log')
    assert.deepEqual(await all(readLog(path)), [])
    file('engine.log', 'e\nhalf')
    file('engine.log.1', 'c\nd\n')
    file('engine.log.10', 'a\n')
    file('engine.log.2', 'b\n')
    file('engine.log.old', 'not of it\n')
    let ends = 0
    const onEnd = () => {
      ends += 1
    }
    assert.deepEqual(await all(readLog(path, { onEnd })), ['a', 'b', 'c', 'd', 'e', 'half'])
    assert.equal(ends, 1)
  })

  it('reads all of a log that is rotated meanwhile', async (t) => {
    const { file, remove } = testFolder()
    t.after(remove)
    const path = file('engine.log')
    const log = await openRotatedLog({ path, sizeBytesMax: 8, filesMax: 100 })
    const written: string[] = []
    const writing = (async () => {
      for (let i = 0; i < 80; i++) {
        await log.write([Buffer.from(`line ${i}`)])
        written.push(`line ${i}`)
      }
      await log.close()
    })()
    while (written.length < 80) {
      const before = written.length
      const found = await all(readLog(path))
      assert.ok(found.length >= before, `${found.length} of ${before}`)
      assert.deepEqual(
        found,
        Array.from(found, (_, i) => `line ${i}`),
      )
    }
    await writing
  })

  it('follows through rotations and loses nothing', async (t) => {
    const { file, remove } = testFolder()
    t.after(remove)
    const prng = testPrng()
    const path = file('engine.log')
    const log = await openRotatedLog({ path, sizeBytesMax: 2000, filesMax: 20 })
    const stop = new AbortController()
    let ends = 0
    const onEnd = () => {
      ends += 1
    }
    const found: string[] = []
    const reading = all(readLog(path, { follow: stop.signal, onEnd }), found)
    const written: string[] = []
    for (let i = 0; i < 40; i++) {
      const batch = Array.from(
        { length: prng.int(1, 10) },
        (_, at) => `${i}.${at} ${'é'.repeat(30)}`,
      )
      written.push(...batch)
      await log.write(batch.map((line) => Buffer.from(line)))
      await setTimeout(prng.int(0, 50))
    }
    await log.close()
    appendFileSync(path, 'without an end')
    const before = ends
    await until('it looked again', () => ends >= before + 2)
    stop.abort()
    await reading
    assert.deepEqual(found, [...written, 'without an end'], `seed ${prng.seed}`)
  })
})
