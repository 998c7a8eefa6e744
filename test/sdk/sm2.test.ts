import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { p256 } from '@noble/curves/nist.js'
import { algorithmByName, fromPem, toPem, utf8 } from '@openbsn/sdk'
import { privateKeyOf } from '../../src/crypto/native.ts'
import { testFolder } from '../../src/testing/folder.ts'
import { needs } from '../../src/testing/needs.ts'

const sm2 = algorithmByName('SM2') ?? assert.fail()
const withUser = ['-rawin', '-digest', 'sm3', '-pkeyopt', 'distid:1234567812345678']

/** DER as OpenSSL has it and back; the form is that of every curve of this size. */
const toDer = (signature: Uint8Array) => p256.Signature.fromBytes(signature).toBytes('der')
const fromDer = (der: Uint8Array) => p256.Signature.fromBytes(der, 'der').toBytes()

describe('SM2 as the command of OpenSSL has it', () => {
  let folder: ReturnType<typeof testFolder>
  before(() => {
    folder = testFolder()
  })
  after(() => folder.remove())

  /** Runs it over files of these contents, which take the place of their names. */
  function openssl(args: readonly string[], files: Readonly<Record<string, string | Uint8Array>>) {
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(folder.path, name), content)
    }
    return spawnSync('openssl', ['pkeyutl', ...args], { cwd: folder.path })
  }

  it('verifies what is signed here, with the key as PEM, and nothing else', (t) => {
    if (!needs(t, 'openssl')) return
    for (let round = 0; round < 8; round++) {
      const secret = sm2.generateSecret()
      const key = { algorithm: sm2, raw: sm2.publicKeyOf(secret) }
      const message = utf8('x'.repeat(round * 31))
      const files = { key: toPem(key), sig: toDer(sm2.sign(secret, message)) }
      const args = ['-verify', '-pubin', '-inkey', 'key', '-in', 'text', '-sigfile', 'sig']
      const right = openssl([...args, ...withUser], { ...files, text: message })
      assert.equal(right.status, 0, `${round}: ${right.stderr}${right.stdout}`)
      const other = openssl([...args, ...withUser], { ...files, text: `${round} other` })
      assert.notEqual(other.status, 0, `${round}`)
    }
  })

  it('signs what is verified here, with a key of its own', (t) => {
    if (!needs(t, 'openssl')) return
    const pem = execFileSync('openssl', ['genpkey', '-algorithm', 'SM2'])
    const shown = execFileSync('openssl', ['pkey', '-pubout'], { input: pem, encoding: 'utf8' })
    const [key] = fromPem(shown)
    assert.equal(key?.algorithm, sm2)
    for (let round = 0; round < 8; round++) {
      const message = utf8(`message ${round}`)
      const files = { key: pem, text: message }
      const args = ['-sign', '-inkey', 'key', '-in', 'text', ...withUser]
      const { stdout, stderr, status } = openssl(args, files)
      assert.equal(status, 0, String(stderr))
      const signature = fromDer(stdout)
      assert.ok(sm2.verify(key.raw, message, signature), `${round}`)
      assert.ok(!sm2.verify(key.raw, utf8('other'), signature), `${round}`)
    }
  })

  it('signs with a secret of ours, written as PKCS #8', (t) => {
    if (!needs(t, 'openssl')) return
    const secret = sm2.generateSecret()
    const pem = privateKeyOf(sm2, secret)?.export({ type: 'pkcs8', format: 'pem' }) ?? ''
    const args = ['-sign', '-inkey', 'key', '-in', 'text', ...withUser]
    const { stdout } = openssl(args, { key: String(pem), text: 'by OpenSSL' })
    assert.ok(sm2.verify(sm2.publicKeyOf(secret), utf8('by OpenSSL'), fromDer(stdout)))
  })
})
