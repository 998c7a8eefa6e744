import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createOutput } from '../output.ts'
import { createProgress, describeProgress, duration, grouped } from './progress.ts'

function setup(isTTY: boolean, options = {}) {
  const state = { now: 0, text: '' }
  const write = (text: string | Uint8Array) => {
    state.text += text
  }
  const sink = { isTTY, write }
  const plain = { json: false, quiet: false, verbose: false, color: false, ...options }
  const out = createOutput(plain, sink, sink)
  const progress = createProgress({ total: 4000, label: 'in' }, { out, nowMs: () => state.now })
  return { state, progress }
}

describe('progress', () => {
  it('draws a bar on a terminal, at most ten times a second, and removes it', () => {
    const { state, progress } = setup(true)
    state.now = 1000
    progress.add(500)
    assert.match(
      state.text,
      /^\r\S*in {2}\[###-{21}\] {3}12 % {2}500 of 4,000 rows {2}500\/s {2}7 s left$/,
    )
    const before = state.text
    state.now = 1050
    progress.add(100)
    assert.equal(state.text, before)
    progress.end()
    assert.ok(state.text.endsWith('\r\u001b[K'))
  })

  it('prints a line every few seconds elsewhere', () => {
    const { state, progress } = setup(false)
    progress.add(500)
    assert.equal(state.text.length, 0)
    state.now = 5000
    progress.add(500)
    assert.equal(state.text, 'in   25 %  1,000 of 4,000 rows  200/s  15 s left\n')
    progress.end()
    assert.equal(state.text.split('\n').length, 2)
  })

  it('takes no rate from rows that were done before', () => {
    const { state, progress } = setup(false)
    state.now = 1000
    progress.skip(2000)
    state.now = 6000
    progress.add(500)
    assert.match(state.text, /62 % {2}2,500 of 4,000 rows {2}100\/s {2}15 s left/)
  })

  it('is silent with --quiet and --json', () => {
    for (const options of [{ quiet: true }, { json: true }]) {
      const { state, progress } = setup(true, options)
      state.now = 60_000
      progress.add(500)
      progress.end()
      assert.equal(state.text, '')
    }
  })
})

describe('describeProgress', () => {
  it('has an answer at both ends', () => {
    const start = describeProgress({ done: 0, total: 10, unit: 'rows', rate: 0, bar: false })
    assert.equal(start, '  0 %  0 of 10 rows  0/s')
    const empty = describeProgress({ done: 0, total: 0, unit: 'rows', rate: 0, bar: true })
    assert.equal(empty, `[${'#'.repeat(24)}]  100 %  0 of 0 rows  0/s`)
  })

  it('writes numbers and times for people', () => {
    assert.deepEqual([0, 999, 1000, 231_083].map(grouped), ['0', '999', '1,000', '231,083'])
    assert.deepEqual([0.2, 59, 200, 7500].map(duration), ['1 s', '59 s', '3 min 20 s', '2 h 5 min'])
  })
})
