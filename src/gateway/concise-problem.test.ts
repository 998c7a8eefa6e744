import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decode } from 'cborg'
import { codeEntry, encodeConciseProblem, wantsConcise } from './concise-problem.ts'
import { problem } from './problem.ts'

describe('encodeConciseProblem', () => {
  it('has title and detail, and our code under a URI', () => {
    const told = problem({ code: 'LEDGER_BUSY', detail: 'Later.', requestId: 'r-1' })
    const map = decode(encodeConciseProblem(told), { useMaps: true })
    const entry = { code: 'LEDGER_BUSY', type: told.type, instance: 'r-1' }
    assert.deepEqual([...map.keys()].toSorted(), [-1, -2, codeEntry])
    assert.deepEqual([map.get(-1), map.get(-2)], ['Not available', 'Later.'])
    assert.deepEqual(Object.fromEntries(map.get(codeEntry)), entry)
    assert.ok(URL.canParse(codeEntry))
  })
})

describe('wantsConcise', () => {
  it('is for the SCITT door alone', () => {
    for (const url of ['/scitt', '/scitt/a/entries', '/scitt?x', '/.well-known/scitt-keys/k']) {
      assert.ok(wantsConcise(url), url)
    }
    for (const url of ['/', '/scitts', '/api/v1/scitt', '/.well-known/scitt-keysx', '*']) {
      assert.ok(!wantsConcise(url), url)
    }
  })
})
