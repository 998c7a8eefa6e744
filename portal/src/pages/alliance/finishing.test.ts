import assert from 'node:assert/strict'
import { it } from 'node:test'
import { finishingOf } from './finishing.ts'

it('a proposal is executed or closed once its time has come, and not before', () => {
  const refusal = { code: 'CONFLICT', detail: 'It is so already.' }
  const open = { status: 'open', deadline: 100 }
  assert.equal(finishingOf(open, 99), undefined)
  assert.equal(finishingOf(open, 100), 'close')
  const passed = { status: 'passed', deadline: 100, due: 50 }
  assert.equal(finishingOf(passed, 49), undefined)
  assert.equal(finishingOf(passed, 50), 'execute')
  assert.equal(finishingOf({ ...passed, refusal }, 49), undefined)
  assert.equal(finishingOf({ ...passed, refusal }, 50), 'close')
  assert.equal(finishingOf({ ...passed, status: 'executed' }, 60), undefined)
  assert.equal(finishingOf({ ...open, status: 'rejected' }, 200), undefined)
})
