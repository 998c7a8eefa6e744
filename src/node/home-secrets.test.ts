import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fromBase64url, thumbprint } from '@openbsn/sdk'
import { createKeyEncryption } from '../crypto/key-encryption.ts'
import { testFolder } from '../testing/folder.ts'
import { kekFile, lacksEpochKey, openHomeSecrets, openOperatorKey } from './home-secrets.ts'

describe('the secrets of a data folder', () => {
  const deps = {
    clock: { nowSeconds: () => 1_800_000_000 },
    onFailure: (error: Error) => {
      throw error
    },
  }

  it('are wrapped with a key that is made once, beside the folder', async () => {
    const folder = testFolder()
    const home = join(folder.path, 'home')
    mkdirSync(join(home, 'keys'), { recursive: true })
    const path = join(home, 'keys', 'operator.json')
    const file = kekFile(`${home}/`)
    assert.equal(file, `${home}.kek`)
    const kids: Uint8Array[] = []
    for (let start = 0; start < 2; start++) {
      const { kek, payloads } = openHomeSecrets({ home }, deps)
      kids.push(thumbprint(openOperatorKey(path, kek).key))
      await payloads.close()
    }
    assert.deepEqual(kids[0], kids[1])
    assert.equal(lacksEpochKey(home), false)
    rmSync(join(home, 'keys', 'epoch-1.key'))
    assert.equal(lacksEpochKey(home), true)
    rmSync(file)
    const missing = { code: 'KEY_ENCRYPTION_KEY_MISSING' }
    assert.throws(() => openHomeSecrets({ home }, deps), missing)
    folder.remove()
  })

  it('unwrap with no other key; a file that is none is told', () => {
    const folder = testFolder()
    const path = folder.file('operator.json')
    const kek = createKeyEncryption(randomBytes(32))
    openOperatorKey(path, kek)
    const foreign = createKeyEncryption(randomBytes(32))
    assert.throws(() => openOperatorKey(path, foreign), { code: 'KEY_UNWRAP_FAILED' })
    const { wrapped } = JSON.parse(readFileSync(path, 'utf8'))
    assert.equal(fromBase64url(wrapped)?.length, 12 + 32 + 16)
    for (const text of ['no JSON', '{"algorithm":"EdDSA","secret":"AAAA"}']) {
      folder.file('operator.json', text)
      assert.throws(() => openOperatorKey(path, kek), { code: 'KEY_INVALID' })
    }
    folder.remove()
  })
})
