import assert from 'node:assert/strict'
import { existsSync, statSync } from 'node:fs'
import { describe, it } from 'node:test'
import { toHex } from '@openbsn/sdk'
import { testFolder } from '../testing/folder.ts'
import { newStoredKey, readKeyFile, signerOfStored, writeSecretFile } from './key-file.ts'

describe('key files', () => {
  it('are read back as the same key, by their owner alone', () => {
    const folder = testFolder()
    const path = folder.file('key.json')
    const stored = newStoredKey()
    writeSecretFile(path, JSON.stringify(stored))
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.ok(!existsSync(`${path}.new`))
    const { key } = signerOfStored(stored)
    assert.equal(toHex(readKeyFile(path).key.raw), toHex(key.raw))
    writeSecretFile(path, JSON.stringify(newStoredKey()))
    assert.notEqual(toHex(readKeyFile(path).key.raw), toHex(key.raw))
    folder.remove()
  })

  it('are replaced whole: a draft that a crash left is no obstacle', () => {
    const folder = testFolder()
    const path = folder.file('key.json')
    folder.file('key.json.new', 'half a ke', 0o644)
    writeSecretFile(path, JSON.stringify(newStoredKey()))
    assert.equal(statSync(path).mode & 0o777, 0o600)
    folder.remove()
  })

  it('are refused where they hold no key', () => {
    const folder = testFolder()
    const { secret } = newStoredKey()
    const bad = [
      '',
      '[]',
      'null',
      '{"algorithm":"EdDSA"',
      '{"algorithm":"EdDSA"}',
      JSON.stringify({ algorithm: 'RS256', secret }),
      JSON.stringify({ algorithm: 'EdDSA', secret: `${secret}=` }),
      JSON.stringify({ algorithm: 'EdDSA', secret: secret.slice(4) }),
      JSON.stringify({ algorithm: 'EdDSA', secret: 7 }),
    ]
    for (const [i, text] of bad.entries()) {
      const path = folder.file(`${i}.json`, text)
      assert.throws(() => readKeyFile(path), { code: 'KEY_INVALID' }, text)
    }
    assert.throws(() => readKeyFile(folder.file('none.json')), { code: 'ENOENT' })
    folder.remove()
  })
})
