import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { concat, toHex, utf8 } from './bytes.ts'
import { sha256 as browserSha256 } from './sha256-browser.ts'
import { sha256, sha256InParts } from './sha256-node.ts'

describe('sha256', () => {
  it('is one function, in Node old and new and in browsers, however the input is cut', () => {
    const cases = [[], [utf8('abc')], [utf8(''), utf8('a'), utf8('bc')], [new Uint8Array(70_000)]]
    for (const parts of cases) {
      const expected = createHash('sha256')
        .update(concat(...parts))
        .digest('hex')
      for (const hash of [sha256, sha256InParts, browserSha256]) {
        assert.equal(toHex(hash(...parts)), expected)
      }
    }
  })

  it('gives the digest of FIPS 180-4 for "abc"', () => {
    const digest = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    assert.equal(toHex(sha256(utf8('abc'))), digest)
  })
})
