import assert from 'node:assert/strict'
import { appendFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { testFolder } from '../../testing/folder.ts'
import { Nonces } from './nonces.ts'

const kid = 'a'.repeat(64)
const start = 1_800_000_000
const one = { kid, nonce: 'n', expires: start + 50 }

describe('nonces', () => {
  let folder: ReturnType<typeof testFolder>
  beforeEach(() => {
    folder = testFolder()
  })
  afterEach(() => folder.remove())
  const open = (noncesMax = 100, perKeyMax = 100, now = start) =>
    new Nonces({ noncesMax, perKeyMax, folder: folder.path }, now)

  it('are taken once for each key, also after a restart', () => {
    let nonces = open()
    const other = { ...one, kid: 'b'.repeat(64) }
    for (const [nonce, wanted] of [
      [one, 'fresh'],
      [one, 'seen'],
      [other, 'fresh'],
      [{ ...one, nonce: 'm' }, 'fresh'],
    ] as const) {
      assert.equal(nonces.take(nonce, start), wanted)
    }
    nonces = open()
    for (const nonce of [one, other]) assert.equal(nonces.take(nonce, start + 49), 'seen')
    // What a crash left of a record moves none of those behind it.
    appendFileSync(join(folder.path, readdirSync(folder.path)[0] ?? ''), 'half')
    nonces = open()
    assert.equal(nonces.take({ ...one, nonce: 'o' }, start), 'fresh')
    nonces = open()
    assert.equal(nonces.take({ ...one, nonce: 'o' }, start), 'seen')
    assert.equal(nonces.take(one, start), 'seen')
  })

  it('are refused, not forgotten, where there is no room; and forgotten with their end', () => {
    const nonces = open(3, 2)
    assert.equal(nonces.take(one, start), 'fresh')
    assert.equal(nonces.take({ ...one, nonce: '2' }, start), 'fresh')
    assert.equal(nonces.take({ ...one, nonce: '3' }, start), 'full')
    const other = { ...one, kid: 'c'.repeat(64) }
    assert.equal(nonces.take(other, start), 'fresh')
    assert.equal(nonces.take({ ...other, nonce: '2' }, start), 'full')
    assert.equal(nonces.take(one, start), 'seen')
    const later = start + 120
    const fresh = { ...one, expires: later + 10, nonce: '3' }
    assert.equal(nonces.take(fresh, later), 'fresh')
    assert.equal(readdirSync(folder.path).length, 1)
    assert.equal(open(3, 2, later + 200).take(fresh, later + 200), 'fresh')
  })
})
