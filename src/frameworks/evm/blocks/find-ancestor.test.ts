import assert from 'node:assert/strict'
import { it } from 'node:test'
import { testPrng } from '../../../testing/seed.ts'
import { findAncestor } from './find-ancestor.ts'

const { signal } = new AbortController()
const word = (text: string) => `0x${Buffer.from(text.padEnd(32, '.')).toString('hex')}`

/** A chain whose blocks are named by these texts, by height. */
function chainOf(names: readonly string[]) {
  let asked = 0
  return {
    asked: () => asked,
    send: async ({ body }: { readonly body: Uint8Array }) => {
      asked++
      const { id, params } = JSON.parse(Buffer.from(body).toString())
      const height = Number(params[0])
      const name = names[height]
      const block = {
        number: params[0],
        hash: word(name ?? ''),
        parentHash: word(''),
        timestamp: '0x1',
      }
      return Buffer.from(JSON.stringify({ id, result: name === undefined ? null : block }))
    },
  }
}

it('the highest kept block that is still of the chain is found by halving', async () => {
  const prng = testPrng()
  for (let round = 0; round < 300; round++) {
    const what = `seed ${prng.seed}, round ${round}`
    const height = prng.int(0, 200)
    const shared = prng.int(-1, height)
    const old = Array.from({ length: height + 1 }, (_, i) => `${i} ${i > shared ? 'old' : ''}`)
    const now = Array.from({ length: prng.int(shared + 1, 220) }, (_, i) => {
      return `${i} ${i > shared ? 'new' : ''}`
    })
    // Of a chain of others only some blocks are kept.
    const isSparse = prng.int(0, 1) === 1
    const kept = old.flatMap((name, i) =>
      isSparse && i < height && prng.int(0, 3) > 0
        ? []
        : [{ height: i, hash: Buffer.from(word(name).slice(2), 'hex') }],
    )
    const keptAt = (most: number) => kept.findLast((one) => one.height <= most)
    const chain = chainOf(now)
    const found = await findAncestor(chain, { keptAt, height }, signal)
    const isShared = (one: { height: number }) => one.height <= shared && one.height < now.length
    assert.deepEqual(found, kept.findLast(isShared), what)
    assert.ok(chain.asked() <= 9, `${what}: asked ${chain.asked()} times`)
  }
})
