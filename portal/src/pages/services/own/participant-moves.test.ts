import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ownParticipantMoves, participantMoves } from './participant-moves.ts'

it('publishers and participants are offered what the ledger lets pass', () => {
  const all = ['applied', 'invited', 'active', 'left', 'rejected', 'removed', undefined]
  assert.deepEqual(all.map(participantMoves), [
    ['approve', 'reject'],
    ['remove'],
    ['remove'],
    ['remove'],
    ['approve'],
    ['approve'],
    [],
  ])
  assert.deepEqual(all.map(ownParticipantMoves), [
    [],
    ['join', 'leave'],
    ['leave'],
    ['join'],
    [],
    [],
    [],
  ])
})
