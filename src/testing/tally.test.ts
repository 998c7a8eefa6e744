import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatTally, sumOf, tallyOfCheck, tallyOfTap } from './tally.ts'

const tap = `TAP version 13
# Subtest: hold
    ok 1 - keeps
    not ok 2 - refuses
    ok 3 - traces # SKIP needs strace
not ok 1 - hold
# tests 3
# suites 1
# pass 1
# fail 1
# cancelled 0
# skipped 1
# todo 0
# duration_ms 12
`

describe('tally', () => {
  it('reads the counts, the failed names and the reasons for skipping', () => {
    const tally = tallyOfTap('unit', tap, 1)
    assert.deepEqual(tally, {
      passed: 1,
      failed: 1,
      skipped: 1,
      failures: ['refuses', 'hold'],
      skips: ['traces: needs strace'],
    })
  })

  it('counts a suite that is skipped as a whole, of which node:test counts nothing', () => {
    const whole = `ok 1 - a channel # SKIP needs fabric\n# skipped 0\n# duration_ms 1\n`
    const { skipped, skips } = tallyOfTap('unit', whole, 0)
    assert.deepEqual([skipped, skips], [1, ['a channel: needs fabric']])
  })

  it('counts a run that broke off, or that failed outside its tests, as failed', () => {
    assert.equal(tallyOfTap('unit', '', null).failed, 1)
    assert.equal(tallyOfTap('unit', 'ok 1 - keeps\n', 0).failed, 1)
    const passing = tap.replace('# fail 1', '# fail 0')
    assert.equal(tallyOfTap('unit', passing, 0).failed, 0)
    assert.equal(tallyOfTap('unit', passing, 1).failed, 1)
    assert.equal(tallyOfTap('unit', passing, null).failed, 1)
  })

  it('ends with one line over all steps', () => {
    const sum = sumOf([
      tallyOfCheck('types', true),
      tallyOfCheck('format', false),
      tallyOfTap('unit', tap, 1),
    ])
    assert.equal(formatTally(sum).split('\n').at(-1), '2 passed, 2 failed, 1 skipped')
    assert.match(formatTally(sum), /^FAILED {3}format$/m)
    assert.match(formatTally(sum), /^skipped {2}traces: needs strace$/m)
  })
})
