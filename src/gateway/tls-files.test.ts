import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { isCodedError } from '@openbsn/sdk'
import { testFolder } from '../testing/folder.ts'
import { selfSigned } from '../testing/self-signed.ts'
import { readTlsFiles } from './tls-files.ts'

describe('readTlsFiles', () => {
  it('gives a pair, and says until when it is good', (t) => {
    const folder = testFolder()
    t.after(folder.remove)
    const pair = selfSigned()
    const files = { cert: folder.file('cert', pair.cert), key: folder.file('key', pair.key) }
    const { cert, key, expires } = readTlsFiles(files)
    assert.deepEqual([String(cert), String(key)], [pair.cert, pair.key])
    assert.equal(expires.getUTCFullYear(), 2049)
  })

  it('names the file that is wrong, and why, and prints nothing of it', (t) => {
    const folder = testFolder()
    t.after(folder.remove)
    const pair = selfSigned()
    const cert = folder.file('cert', pair.cert)
    const key = folder.file('key', pair.key)
    const { privateKey } = generateKeyPairSync('ed25519')
    const cipher = { cipher: 'aes-256-cbc', passphrase: 'x' }
    const locked = privateKey.export({ type: 'pkcs8', format: 'pem', ...cipher })
    const absent = folder.file('absent')
    const cases: [{ cert: string; key: string }, RegExp][] = [
      [{ cert: absent, key }, /absent cannot be read \(ENOENT\)\.$/],
      [{ cert, key: absent }, /absent cannot be read \(ENOENT\)\.$/],
      [{ cert: key, key }, /key is no certificate in PEM/],
      [{ cert, key: cert }, /cert is no private key in PEM without a password/],
      [{ cert, key: folder.file('locked', String(locked)) }, /locked is no private key/],
      [{ cert, key: folder.file('empty', '') }, /empty is no private key/],
      [{ cert, key: folder.file('other', selfSigned().key) }, /other is not the key of .*cert\.$/],
    ]
    for (const [files, message] of cases) {
      assert.throws(
        () => readTlsFiles(files),
        (error: unknown) => {
          assert.ok(isCodedError(error))
          assert.equal(error.code, 'TLS_FILE_INVALID')
          assert.match(error.message, message)
          assert.doesNotMatch(error.message, /BEGIN|MC4CAQ/)
          return true
        },
      )
    }
  })
})
