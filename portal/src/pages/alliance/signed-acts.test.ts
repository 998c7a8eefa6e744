import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CodedError, type Outcome } from '@openbsn/sdk'
import { createSignedActs } from './signed-acts.ts'

const lost = new CodedError('GATEWAY_UNREACHABLE', 'No answer.', { retryable: true })
const place = { index: 5, height: 3 }

/** A gateway that answers so in turn, and what it was sent. */
function gateway(...answers: (object | Error)[]) {
  const sent: number[] = []
  let signed = 0
  const acts = createSignedActs()
  const send = (name = 'vote') =>
    acts.send({
      name,
      sign: async () => new Uint8Array([++signed]),
      submit: async ([statement]) => {
        sent.push(statement?.[0] ?? 0)
        const answer = answers.shift()
        if (answer instanceof Error) throw answer
        return [answer as Outcome]
      },
    })
  return { send, sent }
}

describe('acts that are signed here', () => {
  it('are the same statement until it is known what became of them', async () => {
    const appended = { outcome: 'appended', ...place }
    const { send, sent } = gateway(lost, { outcome: 'duplicate', ...place }, appended)
    await assert.rejects(send(), { code: 'GATEWAY_UNREACHABLE' })
    assert.deepEqual(await send(), place)
    await send()
    assert.deepEqual(sent, [1, 1, 2])
  })

  it('are signed anew where they were refused, and do not meet others', async () => {
    const refused = { outcome: 'refused', code: 'STATEMENT_EXPIRED', detail: 'Too late.' }
    const denied = new CodedError('RATE_LIMITED', 'Wait.')
    const { send, sent } = gateway(refused, denied, lost, lost)
    await assert.rejects(send(), { code: 'STATEMENT_EXPIRED', message: 'Too late.' })
    await assert.rejects(send(), { code: 'RATE_LIMITED' })
    await assert.rejects(send(), { code: 'GATEWAY_UNREACHABLE' })
    await assert.rejects(send('b'), { code: 'GATEWAY_UNREACHABLE' })
    assert.deepEqual(sent, [1, 2, 3, 4])
  })
})
