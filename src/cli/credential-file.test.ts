import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { testFolder } from '../testing/folder.ts'
import { createMemoryLedger } from '../testing/memory-ledger.ts'
import { bundleInCredential, readCredentialFile, writeCredentialFile } from './credential-file.ts'

const ledger = createMemoryLedger()
const content = {
  gateway: 'http://127.0.0.1:8420',
  ledger: ledger.id,
  service: 'flights',
  credential: 'cred_1',
  label: 'test',
  bundle: ledger.keyBundle(),
}
const key = { algorithm: 'EdDSA', secret: new Uint8Array(32).fill(7) }

describe('credential file', () => {
  it('comes back as it was written', async (t) => {
    const { file, remove } = testFolder()
    t.after(remove)
    await writeCredentialFile(file('c'), content, { key }, { force: false })
    const { signer, apiKey, keys, ...read } = await readCredentialFile(file('c'))
    assert.equal(keys.ledger, ledger.id)
    assert.deepEqual(
      { ...read, bundle: Buffer.from(read.bundle) },
      {
        ...content,
        bundle: Buffer.from(content.bundle),
      },
    )
    assert.deepEqual([signer?.key.algorithm.name, apiKey], ['EdDSA', undefined])
    const found = bundleInCredential(readFileSync(file('c'), 'utf8'))
    assert.equal(found?.ledger, ledger.id)
    assert.equal(bundleInCredential('{"format":"other"}'), undefined)
    assert.equal(bundleInCredential('no JSON'), undefined)
  })

  it('carries an API key with the operators and gateways that it is for', async (t) => {
    const { file, remove } = testFolder()
    t.after(remove)
    const gateways = [{ url: 'http://127.0.0.1:1', operator: 'acme' }]
    const more = { ...content, gateways, operators: ['acme'] }
    await writeCredentialFile(file('c'), more, { apiKey: 'live_x' }, { force: false })
    const read = await readCredentialFile(file('c'))
    assert.deepEqual([read.apiKey, read.signer, read.operators], ['live_x', undefined, ['acme']])
    assert.deepEqual(read.gateways, gateways)
    const good = JSON.parse(readFileSync(file('c'), 'utf8'))
    const changes = [{ gateways: [{}] }, { gateways: 1 }, { operators: [1] }, { apiKey: '' }]
    for (const change of changes) {
      const path = file('bad', JSON.stringify({ ...good, ...change }))
      await assert.rejects(readCredentialFile(path), { code: 'CREDENTIAL_FILE_INVALID' })
    }
  })

  it('is refused where a member is missing, or the bundle is of another ledger', async (t) => {
    const { file, remove } = testFolder()
    t.after(remove)
    await writeCredentialFile(file('c'), content, { key }, { force: false })
    const good = JSON.parse(readFileSync(file('c'), 'utf8'))
    const changes = [
      ...Object.keys(good).map((name) => ({ [name]: undefined })),
      { ledger: `bsn1${'0'.repeat(40)}` },
      { bundle: 'AAAA' },
      { key: { algorithm: 'EdDSA', secret: 'AAAA' } },
    ]
    for (const change of changes) {
      const path = file('bad', JSON.stringify({ ...good, ...change }))
      const refused = { code: 'CREDENTIAL_FILE_INVALID' }
      await assert.rejects(readCredentialFile(path), refused, JSON.stringify(change))
    }
  })
})
