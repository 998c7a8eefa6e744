import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gatewayOptions } from '../options.ts'
import { backoffMs } from './backoff.ts'

const waits = (count: number, options: Parameters<typeof backoffMs>[1], chance: number) =>
  Array.from({ length: count }, (_, i) => backoffMs(i + 1, options, () => chance))

describe('the wait after a failed attempt', () => {
  const options = { webhookRetryMs: 100, webhookRetryMsMax: 1000 }

  it('doubles each time up to a bound, and half of it is by chance', () => {
    assert.deepEqual(waits(6, options, 1), [100, 200, 400, 800, 1000, 1000])
    assert.deepEqual(waits(6, options, 0), [50, 100, 200, 400, 500, 500])
    assert.equal(
      backoffMs(5000, options, () => 1),
      1000,
    )
  })

  it('is a second at first, and over an hour in all before an event is given up', () => {
    const usual = gatewayOptions({})
    const all = waits(usual.webhookAttemptsMax - 1, usual, 0.5)
    assert.deepEqual([all[0], all.at(-1)], [750, 675_000])
    const hours = all.reduce((sum, one) => sum + one, 0) / 3_600_000
    assert.ok(hours > 1 && hours < 1.5, `${hours} hours`)
  })
})
