import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { it } from 'node:test'
import { fromPem, sha256, toBase64url, utf8 } from '@openbsn/sdk'
import { Check } from 'typebox/schema'
import { putCredential, putService } from '../../testing/access.ts'
import { namedKey } from '../../testing/bsn-client.ts'
import { testNetwork } from '../../testing/cli.ts'
import { command } from './credential-bsn.ts'

it('writes what a client of BSN is to be given, its key for its owner alone', async (t) => {
  const { run, ledger, file, credential } = await testNetwork(t)
  putService(ledger, 'flights', { publisher: 'member/founder' })
  for (const [algorithm, participant] of [
    ['ES256', undefined],
    ['ES256K', 'shop'],
    ['SM2', undefined],
  ] as const) {
    const id = `cred_${algorithm.toLowerCase()}`
    putCredential(ledger, id, { algorithm, ...(participant ? { participant } : {}) })
    const stored = JSON.parse(readFileSync(credential, 'utf8'))
    const key = { algorithm, secret: toBase64url(sha256(utf8(id))) }
    const path = file(`${id}.credential`, JSON.stringify({ ...stored, credential: id, key }))
    const folder = file(`${id}-files`)
    const argv = ['credential', 'bsn', '--credential', path, '--out', folder]
    const { code, json, stdout } = await run(...argv, '--json')
    assert.equal(code, 0, stdout)
    assert.ok(Check(command.output, json()))
    const { userCode, appCode } = json()
    const [own, gatewayKey] = [String(json().key), String(json().gatewayKey)]
    assert.deepEqual([userCode, appCode], [`${participant ?? 'founder'}@${ledger.id}`, id])
    assert.equal(statSync(own).mode & 0o777, 0o600)
    const pem = readFileSync(own, 'utf8')
    assert.match(pem, /^-----BEGIN PRIVATE KEY-----/)
    assert.ok(!stdout.includes(pem))
    const expected = createPublicKey(namedKey(id, algorithm))
    assert.ok(createPublicKey(createPrivateKey(pem)).equals(expected))
    const shown = readFileSync(gatewayKey, 'utf8')
    if (algorithm === 'ES256') assert.equal(new X509Certificate(shown).subject, 'CN=test')
    else assert.equal(fromPem(shown)[0]?.algorithm.name, algorithm)
    const bare = createPublicKey(readFileSync(String(json().gatewayPublicKey), 'utf8'))
    assert.ok(bare.equals(createPublicKey(shown)))
    const again = await run(...argv)
    assert.equal(again.code === 0, false)
    assert.match(again.stderr, /FILE_EXISTS/)
    assert.equal((await run(...argv, '--force')).code, 0)
  }
  const refused = await run('credential', 'bsn', '--credential', credential, '--out', file('x'))
  assert.match(refused.stderr, /BSN_KEY_UNUSABLE/)
})
