import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { emptyRoot, emptyStateRoot } from '@openbsn/sdk'
import { RequestApplySnapshotChunk, RequestOfferSnapshot } from 'cosmjs-types/tendermint/abci/types'
import { snapshotHandlers } from './snapshot-handlers.ts'

const appHash = new Uint8Array(32).fill(7)
const roots = { logRoot: emptyRoot, stateRoot: emptyStateRoot, appHash }
const head = { ...roots, height: 9, time: 1, firstIndex: 0, count: 0, signatures: [] }

describe('what CometBFT is told of snapshots', () => {
  const handlers = snapshotHandlers(() => head)

  it('takes none but that of the last block', () => {
    const offer = (height: number, hash: Uint8Array) => {
      const snapshot = { height: BigInt(height) }
      const request = RequestOfferSnapshot.fromPartial({ snapshot, appHash: hash })
      return handlers.offerSnapshot(request)
    }
    assert.deepEqual(offer(9, appHash), { result: 1 })
    assert.deepEqual(offer(8, appHash), { result: 3 })
    assert.deepEqual(offer(9, new Uint8Array(32)), { result: 3 })
    assert.deepEqual(offer(9, new Uint8Array()), { result: 3 })
    const chunk = RequestApplySnapshotChunk.fromPartial({ chunk: Uint8Array.of(0) })
    assert.deepEqual(handlers.applySnapshotChunk(chunk), { result: 1 })
  })

  it('gives none', () => {
    assert.deepEqual(handlers.listSnapshots({}), { snapshots: [] })
  })
})
