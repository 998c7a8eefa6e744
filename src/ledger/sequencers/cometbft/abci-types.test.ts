import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BinaryReader } from 'cosmjs-types/binary'
import { Response } from 'cosmjs-types/tendermint/abci/types'
import { decodeRequest, encodeResponse } from './abci-types.ts'

describe('messages of ABCI 2.0', () => {
  it('say which method is meant, and nothing of other versions', () => {
    const commit = Buffer.of(0x5a, 0)
    assert.equal(decodeRequest(commit).method, 'commit')
    // Field 99, which no version has; and a message that ends too early.
    for (const bytes of [Buffer.of(0x9a, 6, 0), Buffer.of(0x5a, 9), new Uint8Array()]) {
      assert.throws(() => decodeRequest(bytes), { code: 'ENGINE_PROTOCOL' })
    }
  })

  it('carry changes of power in the form of CometBFT 1.0', () => {
    const consensusKey = Buffer.alloc(32, 5)
    const changes = [
      { consensusKey, power: 300 },
      { consensusKey: Buffer.alloc(32, 6), power: 0 },
    ]
    const appHash = Buffer.alloc(32, 9)
    const finalized = { transactions: 2, powerChanges: changes, appHash }
    const bytes = encodeResponse('finalizeBlock', finalized)
    const outer = new BinaryReader(bytes)
    assert.equal(outer.uint32(), (21 << 3) | 2)
    const end = outer.uint32() + outer.pos
    const seen: { field: number; bytes: Uint8Array }[] = []
    while (outer.pos < end) seen.push({ field: outer.uint32() >>> 3, bytes: outer.bytes() })
    assert.deepEqual(
      seen.map(({ field }) => field),
      [2, 2, 3, 3, 5],
    )
    assert.deepEqual(seen[4]?.bytes, new Uint8Array(appHash))
    const [first, second] = seen
      .filter(({ field }) => field === 3)
      .map((one) => updateIn(one.bytes))
    assert.deepEqual(first, { 2: 300, 3: Buffer.alloc(32, 5).toString('hex'), 4: 'ed25519' })
    assert.deepEqual(second, { 3: Buffer.alloc(32, 6).toString('hex'), 4: 'ed25519' })
  })

  it('are those of the package for every other method', () => {
    const answer = { lastBlockHeight: 12n, data: 'openbsn' }
    assert.equal(Response.decode(encodeResponse('info', answer)).info?.lastBlockHeight, 12n)
    assert.ok(Response.decode(encodeResponse('commit', undefined)).commit)
  })
})

function updateIn(bytes: Uint8Array): Record<number, unknown> {
  const reader = new BinaryReader(bytes)
  const fields: Record<number, unknown> = {}
  while (reader.pos < reader.len) {
    const field = reader.uint32() >>> 3
    if (field === 2) fields[field] = Number(reader.int64())
    else if (field === 3) fields[field] = Buffer.from(reader.bytes()).toString('hex')
    else fields[field] = reader.string()
  }
  return fields
}
