import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encodeCbor } from '@openbsn/sdk'
import { testPrng } from '../../../testing/seed.ts'
import { decodeTransaction, encodeBundle, encodeSignatures } from './bundle.ts'

const prng = testPrng()
const bytes = (length: number) => Uint8Array.from({ length }, () => prng.int(0, 255))
const bundle = () => {
  const statements = Array.from({ length: prng.int(1, 9) }, () => bytes(prng.int(0, 300)))
  return { statements, transaction: encodeBundle(statements, bytes(8)) }
}
const signatures = () => {
  const set = Array.from({ length: prng.int(0, 5) }, () => ({
    ...{ kid: bytes(32), algorithm: -8, signature: bytes(64) },
  }))
  const height = prng.int(0, 2 ** 30)
  return { height, set, transaction: encodeSignatures(height, set) }
}

describe('transactions of the network', () => {
  it('come out as they went in', () => {
    for (let i = 0; i < 50; i++) {
      const { statements, transaction } = bundle()
      assert.deepEqual(decodeTransaction(transaction), { kind: 'bundle', statements })
      const signed = signatures()
      const { height, set } = signed
      const read = decodeTransaction(signed.transaction)
      assert.deepEqual(read, { kind: 'signatures', height, set })
    }
  })

  it('of the same statements differ by their number alone', () => {
    const [one, two] = [encodeBundle([bytes(3)], bytes(8)), encodeBundle([bytes(3)], bytes(8))]
    assert.notDeepEqual(one, two)
  })

  it('that anything was changed in are another transaction, or none; never an exception', () => {
    let none = 0
    for (let i = 0; i < 3000; i++) {
      const mutant = mutantOf((i % 2 === 0 ? bundle() : signatures()).transaction)
      const read = decodeTransaction(mutant)
      if (!read) none++
      else assert.deepEqual(new Uint8Array(again(read, mutant)), new Uint8Array(mutant))
    }
    assert.ok(none > 1000, `${none} of 3000, SEED=${prng.seed}`)
  })

  it('of another form are none', () => {
    const nonce = bytes(8)
    const bad = [
      [nonce, []],
      [bytes(7), [bytes(3)]],
      [nonce, [bytes(3), 'text']],
      [nonce, [bytes(3)], 1],
      [nonce],
    ]
    for (const value of bad) {
      assert.equal(decodeTransaction(Buffer.concat([Buffer.of(1), encodeCbor(value)])), undefined)
    }
    for (const set of [
      [[bytes(32), -8]],
      [[bytes(32), -8, bytes(64), 1]],
      [['x', -8, bytes(64)]],
    ]) {
      const item = encodeCbor([3, set])
      assert.equal(decodeTransaction(Buffer.concat([Buffer.of(2), item])), undefined)
    }
    const { transaction } = bundle()
    transaction[0] = 3
    assert.equal(decodeTransaction(transaction), undefined)
    assert.equal(decodeTransaction(new Uint8Array()), undefined)
  })
})

/** One form for one content: what was read makes the same bytes. */
function again(read: NonNullable<ReturnType<typeof decodeTransaction>>, mutant: Uint8Array) {
  if (read.kind === 'signatures') return encodeSignatures(read.height, read.set)
  // Tag, list of two, head of a byte string of eight.
  return encodeBundle(read.statements, mutant.subarray(3, 11))
}

/** One bit flipped, the end cut off, or bytes more. */
function mutantOf(transaction: Uint8Array): Uint8Array {
  const at = prng.int(0, transaction.length - 1)
  const kind = prng.int(0, 2)
  if (kind === 1) return transaction.subarray(0, at)
  if (kind === 2) return Buffer.concat([transaction, bytes(prng.int(1, 4))])
  const changed = Buffer.from(transaction)
  changed[at] = (changed[at] ?? 0) ^ (1 << prng.int(0, 7))
  return changed
}
