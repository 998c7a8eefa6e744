import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { missing, present } from './needs.ts'

describe('needs', () => {
  function skipped(reason: string | undefined, mustRun: boolean) {
    const reasons: (string | undefined)[] = []
    const runs = present({ skip: (said) => reasons.push(said) }, reason, mustRun)
    return { runs, reasons }
  }

  it('runs where nothing is missing', () => {
    assert.equal(missing([]), undefined)
    assert.deepEqual(skipped(undefined, true), { runs: true, reasons: [] })
  })

  it('skips with the reason, and fails where skipping is forbidden', () => {
    assert.deepEqual(skipped('needs go', false), { runs: false, reasons: ['needs go'] })
    assert.throws(() => skipped('needs go', true), /CI=true forbids skipping: needs go/)
  })
})
