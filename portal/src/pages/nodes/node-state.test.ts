import assert from 'node:assert/strict'
import { it } from 'node:test'
import { nodeState } from './node-state.ts'

it('a node is what the last answer said', () => {
  const node = { id: 'x', status: 'active', version: 1 }
  assert.equal(nodeState(node), 'unknown')
  assert.equal(nodeState({ ...node, liveness: { asked: 9 } }), 'down')
  assert.equal(nodeState({ ...node, liveness: { asked: 9, seen: 8 } }), 'down')
  assert.equal(nodeState({ ...node, liveness: { asked: 9, seen: 9, behind: 9 } }), 'up')
  assert.equal(nodeState({ ...node, liveness: { asked: 9, seen: 9, behind: 10 } }), 'behind')
  assert.equal(nodeState({ ...node, status: 'retired', liveness: { asked: 9 } }), 'retired')
})
