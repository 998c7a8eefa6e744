import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CodedError } from './errors.ts'
import { createGatewayPool } from './gateway-pool.ts'
import { sendOn } from './send-on.ts'

const options = { restMs: 1000, probeMs: 1000, prefer: 'first', nowMs: () => 0 } as const
const fault = (code: string, details: CodedError['details'] = {}, retryable = true) =>
  new CodedError(code, code, { retryable, details })

/** Each gateway gives its answers in turn, and the last one for ever. */
function route(answers: Record<string, (CodedError | 'good')[]>) {
  const pool = createGatewayPool(
    Object.keys(answers).map((url) => ({ url })),
    options,
  )
  const asked: string[] = []
  const ends = (attemptsMax: number, request = {}) =>
    sendOn(
      {
        pick: (left) => pool.pick((one) => !left.has(one as never)),
        ask: async (gateway) => {
          asked.push(gateway.url)
          const list = answers[gateway.url] ?? []
          const answer = (list.length > 1 ? list.shift() : list[0]) ?? assert.fail()
          if (answer instanceof CodedError && answer.code === 'DOWN') pool.failed(gateway)
          return answer
        },
        none: () => fault('NONE'),
      },
      { attemptsMax, retryDelayMs: 0 },
      request,
    )
  return { asked, ends }
}

describe('a request over several gateways', () => {
  it('moves on from a liar, or one with another ledger, and asks it no more', async () => {
    for (const code of ['GATEWAY_LIES', 'LEDGER_NOT_FOUND', 'LEDGER_ELSEWHERE']) {
      const { asked, ends } = route({ a: [fault(code, {}, false)], b: [fault('DOWN'), 'good'] })
      assert.equal(await ends(5), 'good')
      assert.deepEqual(asked, ['a', 'b', 'b'])
      const alone = route({ a: [fault(code, {}, false)] })
      await assert.rejects(alone.ends(5), { code })
      assert.deepEqual(alone.asked, ['a'])
    }
  })

  it('is not sent again through another one where that would be another request', async () => {
    const once = { isRepeatable: false }
    for (const error of [fault('GATEWAY_LIES'), fault('DOWN', { fate: 'unknown' })]) {
      const { asked, ends } = route({ a: [error], b: ['good'] })
      await assert.rejects(ends(5, once), { code: error.code })
      assert.deepEqual(asked, ['a'])
    }
    const never = route({ a: [fault('DOWN', { fate: 'not_sent' })], b: ['good'] })
    assert.equal(await never.ends(5, once), 'good')
  })

  it('stays where it may have arrived, where it would be another one elsewhere', async () => {
    const there = { isRepeatable: 'there' }
    const lost = fault('DOWN', { fate: 'unknown' })
    const busy = fault('DOWN', { fate: 'not_sent' })
    const { asked, ends } = route({ a: [busy, 'good'], b: [lost, busy, 'good'] })
    assert.equal(await ends(5, there), 'good')
    assert.deepEqual(asked, ['a', 'b', 'b', 'b'])
    const never = route({ a: [lost], b: ['good'] })
    await assert.rejects(never.ends(3, there), { code: 'DOWN', details: { fate: 'unknown' } })
    assert.deepEqual(never.asked, ['a', 'a', 'a'])
    const liar = route({ a: [fault('GATEWAY_LIES')], b: ['good'] })
    await assert.rejects(liar.ends(3, there), { code: 'GATEWAY_LIES' })
    assert.deepEqual(liar.asked, ['a'])
  })

  it('ends with the liar where nobody else answered at all', async () => {
    const lie = fault('GATEWAY_LIES', { gateway: 'a' })
    const { asked, ends } = route({ a: [lie], b: [fault('DOWN', { fate: 'not_sent' })] })
    await assert.rejects(ends(4), { code: 'GATEWAY_LIES', details: { gateway: 'a' } })
    assert.deepEqual(asked, ['a', 'b', 'b', 'b'])
  })

  it('has nobody to ask where there is no gateway', async () => {
    await assert.rejects(route({}).ends(3), { code: 'NONE' })
  })
})
