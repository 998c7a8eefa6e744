import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { testPrng } from '../testing/seed.ts'
import { LastLines, linesOf } from './lines.ts'

async function linesIn(chunks: readonly Buffer[]): Promise<string[]> {
  const found: string[] = []
  for await (const lines of linesOf(Readable.from(chunks))) {
    found.push(...lines.map((line) => line.toString('utf8')))
  }
  return found
}

describe('linesOf', () => {
  it('finds the same lines in whatever pieces they come', async () => {
    const prng = testPrng()
    for (let round = 0; round < 200; round++) {
      const letters = ['a', '\n', '\n', 'é', '😀', ' ', '\r']
      const text = Array.from({ length: prng.int(0, 60) }, () => letters[prng.int(0, 6)]).join('')
      const bytes = Buffer.from(text)
      const chunks: Buffer[] = []
      for (let at = 0; at < bytes.length; ) {
        const length = prng.int(1, 9)
        chunks.push(bytes.subarray(at, at + length))
        at += length
      }
      const expected = text.split('\n')
      if (expected.at(-1) === '') expected.pop()
      const told = `seed ${prng.seed}, round ${round}`
      assert.deepEqual(await linesIn(chunks), expected, told)
    }
  })

  it('cuts a line that does not end', async () => {
    const piece = Buffer.alloc(40_000, 'x')
    const lines = await linesIn([piece, piece, piece, piece, Buffer.from('\nend\n')])
    assert.deepEqual(
      lines.map((line) => line.length),
      [65_536, 65_536, 160_000 - 2 * 65_536, 3],
    )
  })

  it('takes a stream that was closed early for one that ended, and no other fault', async () => {
    const stream = new Readable({ read: () => undefined })
    stream.push('whole\nhalf')
    const closing = setTimeout(() => stream.destroy(), 10)
    const found: string[] = []
    for await (const lines of linesOf(stream)) found.push(...lines.map(String))
    clearTimeout(closing)
    assert.deepEqual(found, ['whole', 'half'])
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from('a\n')
        throw new RangeError('broken')
      })(),
    )
    await assert.rejects(async () => {
      for await (const _ of linesOf(broken));
    }, RangeError)
  })
})

describe('LastLines', () => {
  it('remembers as many as it shall', () => {
    const last = new LastLines(3)
    last.add([Buffer.from('1'), Buffer.from('2')])
    assert.deepEqual(last.lines, ['1', '2'])
    last.add(['3', '4', '5', '6', '7'].map((line) => Buffer.from(line)))
    assert.deepEqual(last.lines, ['5', '6', '7'])
  })
})
