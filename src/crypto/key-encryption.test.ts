import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { utf8 } from '@openbsn/sdk'
import { testFolder } from '../testing/folder.ts'
import { createKeyEncryption, openKeyEncryption } from './key-encryption.ts'

const failed = { code: 'KEY_UNWRAP_FAILED' }

describe('key encryption', () => {
  it('gives back what it wrapped, for the same context alone, and never the same bytes', () => {
    const { wrap, unwrap } = createKeyEncryption(randomBytes(32))
    const wrapped = wrap(utf8('a secret'), 'webhook/1')
    assert.deepEqual(unwrap(wrapped, 'webhook/1'), utf8('a secret'))
    assert.notDeepEqual(wrap(utf8('a secret'), 'webhook/1'), wrapped)
    assert.ok(!Buffer.from(wrapped).includes('a secret'))
    assert.throws(() => unwrap(wrapped, 'webhook/2'), failed)
    assert.throws(() => createKeyEncryption(randomBytes(32)).unwrap(wrapped, 'webhook/1'), failed)
  })

  it('gives back nothing of changed or cut bytes', () => {
    const { wrap, unwrap } = createKeyEncryption(randomBytes(32))
    const wrapped = wrap(utf8('a secret'), 'x')
    for (let i = 0; i < wrapped.length; i++) {
      const changed = wrapped.map((byte, place) => (place === i ? byte ^ 1 : byte))
      assert.throws(() => unwrap(changed, 'x'), failed, `byte ${i}`)
      assert.throws(() => unwrap(wrapped.subarray(0, i), 'x'), failed, `cut at ${i}`)
    }
  })
})

describe('the file of a key-encryption key', () => {
  it('is made once, readable by its owner alone, and used again', () => {
    const folder = testFolder()
    const path = join(folder.path, 'kek')
    const missing = { code: 'KEY_ENCRYPTION_KEY_MISSING' }
    assert.throws(() => openKeyEncryption(path, { mayCreate: false }), missing)
    const wrapped = openKeyEncryption(path, { mayCreate: true }).wrap(utf8('s'), 'x')
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.deepEqual(openKeyEncryption(path, { mayCreate: false }).unwrap(wrapped, 'x'), utf8('s'))
    writeFileSync(path, 'short')
    const invalid = { code: 'KEY_ENCRYPTION_KEY_INVALID' }
    assert.throws(() => openKeyEncryption(path, { mayCreate: true }), invalid)
    folder.remove()
  })
})
