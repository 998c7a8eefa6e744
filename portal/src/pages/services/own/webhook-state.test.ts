import assert from 'node:assert/strict'
import { it } from 'node:test'
import { webhookState } from './webhook-state.ts'

it('a webhook is what matters most about it', () => {
  const states = [
    { state: 'active', attempts: 0 },
    { state: 'active', attempts: 2 },
    { state: 'active', attempts: 2, held: 'NOT_ALLOWED' },
    { state: 'paused', attempts: 2, held: 'NOT_ALLOWED' },
    { state: 'disabled', attempts: 0 },
  ] as const
  assert.deepEqual(states.map(webhookState), ['active', 'failing', 'held', 'paused', 'disabled'])
})
