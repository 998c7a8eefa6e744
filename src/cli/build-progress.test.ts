import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createBuildProgress } from './build-progress.ts'
import { createOutput } from './output.ts'

/** What a build of 100 modules and 4 packages, a second each, writes to stderr. */
function written(isTTY: boolean, more: { readonly json?: boolean } = {}): string {
  let text = ''
  const write = (data: string | Uint8Array) => {
    text += data
  }
  const sink = { isTTY, write }
  const options = { json: false, quiet: false, verbose: false, color: false, ...more }
  let now = 0
  const nowMs = () => now
  const shown = createBuildProgress('tiny', { out: createOutput(options, sink, sink), nowMs })
  for (let modules = 1; modules <= 100; modules++) shown.show({ phase: 'fetch', modules })
  for (let packages = 0; packages <= 4; packages++) {
    shown.show({ phase: 'compile', packages, total: 4 })
    now += 2500
  }
  shown.end()
  return text
}

describe('the progress of a build', () => {
  it('is one line of a terminal, which is empty at the end', () => {
    const lines = written(true).split('\r\u001b[K')
    assert.equal(lines[1], 'tiny  1 modules fetched')
    assert.match(lines.at(-2) ?? '', /^tiny {2}\[#+\] {2}100 % {2}4 of 4 packages/)
    assert.equal(lines.at(-1), '')
  })

  it('is a line now and then elsewhere, and nothing with --json', () => {
    const lines = written(false).trimEnd().split('\n')
    assert.deepEqual(lines.slice(0, 2), ['tiny  50 modules fetched', 'tiny  100 modules fetched'])
    assert.equal(lines.length, 4)
    assert.match(lines[2] ?? '', /50 % {2}2 of 4 packages/)
    assert.equal(written(false, { json: true }), '')
  })
})
