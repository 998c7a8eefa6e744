import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createDrain } from '../drain.ts'
import type { ServedLedger } from '../served-ledger.ts'
import { createStreams } from './streams.ts'

/** Of a ledger, streams only want its name until they look at callers again. */
const served = { ledger: { id: 'bsn1' } } as ServedLedger
const caller = { credential: 'c-1', service: 'flights' }

function open() {
  const counts: number[] = []
  const drain = createDrain()
  const streams = createStreams(
    {
      ...{ streamsMax: 3, streamsPerCredentialMax: 2 },
      ...{ streamHeartbeatMs: 60_000, streamRecheckMs: 60_000 },
    },
    { drain, standing: () => undefined, onCount: (count) => counts.push(count) },
  )
  return { streams, counts, drain }
}

describe('event streams', () => {
  it('tell why they end: their client left, or what ended them said so', () => {
    const { streams, counts } = open()
    const [left, ended] = [streams.open(served, caller), streams.open(served, caller)]
    assert.ok(!left.signal.aborted && !ended.signal.aborted)
    left.close()
    left.close()
    // Nobody is left to be told a code.
    assert.ok(left.signal.aborted && left.signal.reason instanceof DOMException)
    ended.end('SERVICE_FROZEN')
    ended.close()
    assert.equal(ended.signal.reason, 'SERVICE_FROZEN')
    assert.deepEqual([counts, streams.count], [[1, 2, 1, 0], 0])
  })

  it('are no more than one credential, and one gateway, may have; none while it drains', () => {
    const { streams, drain } = open()
    const other = { ...caller, credential: 'c-2' }
    const first = streams.open(served, caller)
    streams.open(served, caller)
    assert.throws(() => streams.open(served, caller), { code: 'STREAMS_TOO_MANY' })
    streams.open(served, other)
    assert.throws(() => streams.open(served, other), { code: 'STREAMS_TOO_MANY' })
    first.close()
    const last = streams.open(served, other)
    drain.begin()
    assert.equal(last.signal.reason, 'GATEWAY_DRAINING')
    assert.throws(() => streams.open(served, caller), { code: 'GATEWAY_DRAINING' })
    streams.close()
  })
})
