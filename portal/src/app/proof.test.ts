import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CodedError } from '@openbsn/sdk'
import { answerProof, askedProof, guarded, subscribeToProof } from './proof.ts'

const refusal = (code: 'STEP_UP_REQUIRED' | 'SIGN_IN_REQUIRED' | 'LAST_OWNER') =>
  new CodedError(code, 'Refused.')

describe('guarded', () => {
  it('asks for what is wanted, once for all who want it, and sends again', async () => {
    const questions: unknown[] = []
    const stop = subscribeToProof(() => questions.push(askedProof()))
    let isSteppedUp = false
    const send = async () => {
      if (!isSteppedUp) throw refusal('STEP_UP_REQUIRED')
      return 'done'
    }
    const both = Promise.all([guarded(send), guarded(send)])
    await new Promise(setImmediate)
    isSteppedUp = true
    answerProof(true)
    assert.deepEqual(await both, ['done', 'done'])
    assert.deepEqual(questions, ['step-up', undefined])
    stop()
  })

  it('gives the refusal to whoever closes the dialog, or was refused all the same', async () => {
    const send = async () => {
      throw refusal('SIGN_IN_REQUIRED')
    }
    for (const isGiven of [false, true]) {
      const sent = guarded(send)
      await new Promise(setImmediate)
      assert.equal(askedProof(), 'sign-in')
      answerProof(isGiven)
      await assert.rejects(sent, { code: 'SIGN_IN_REQUIRED' })
    }
    const other = async () => {
      throw refusal('LAST_OWNER')
    }
    await assert.rejects(guarded(other), { code: 'LAST_OWNER' })
    assert.equal(askedProof(), undefined)
  })
})
