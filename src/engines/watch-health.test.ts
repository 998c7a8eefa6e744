import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { watchHealth } from './watch-health.ts'

const options = {
  probeIntervalMs: 1,
  probeTimeoutMs: 20,
  probeFailuresMax: 3,
  unhealthyMsMax: Number.POSITIVE_INFINITY,
}

/** Watches until the answers are used up; then the signal comes. */
async function changesOf(answers: string, more: Partial<typeof options> = {}) {
  const stop = new AbortController()
  const changes: string[] = []
  let asked = 0
  const probe = async (signal: AbortSignal) => {
    const answer = answers[asked++]
    if (answer === undefined) stop.abort()
    // One that never answers, and does not heed its signal.
    if (answer === '?') await new Promise(() => undefined)
    assert.equal(answer, '+', 'a probe that fails')
    assert.equal(signal.aborted, false)
  }
  const onHealth = (isHealthy: boolean) => changes.push(`${asked}${isHealthy ? '+' : '-'}`)
  const isGivenUp = await watchHealth({ ...options, ...more }, { probe, onHealth }, stop.signal)
  return { changes, isGivenUp }
}

describe('watchHealth', () => {
  it('tells health at the first success, and its loss after some failures in a row', async () => {
    assert.deepEqual(await changesOf('--+--+---+'), {
      changes: ['3+', '9-', '10+'],
      isGivenUp: false,
    })
    assert.deepEqual((await changesOf('------')).changes, [])
  })

  it('counts a probe that takes too long as failed', async () => {
    assert.deepEqual((await changesOf('+???+')).changes, ['1+', '4-', '5+'])
  })

  it('gives up what is unhealthy for too long, and nothing that never was healthy', async () => {
    const soon = { unhealthyMsMax: 0 }
    assert.deepEqual(await changesOf('-----+--+----', soon), {
      changes: ['6+', '12-'],
      isGivenUp: true,
    })
    assert.equal((await changesOf('--------', soon)).isGivenUp, false)
  })

  it('ends at once with its signal', async () => {
    const stop = new AbortController()
    const probe = () => new Promise(() => undefined)
    const onHealth = () => assert.fail('there is nothing to tell')
    const long = { ...options, probeTimeoutMs: 60_000 }
    const watching = watchHealth(long, { probe, onHealth }, stop.signal)
    stop.abort()
    assert.equal(await watching, false)
    assert.equal(await watchHealth(long, { probe, onHealth }, stop.signal), false)
  })
})
