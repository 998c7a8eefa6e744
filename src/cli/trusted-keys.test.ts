import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toPem } from '@openbsn/sdk'
import { testFolder } from '../testing/folder.ts'
import { createMemoryLedger } from '../testing/memory-ledger.ts'
import { namedSigner } from '../testing/named-signer.ts'
import { readKeys } from './trusted-keys.ts'

describe('readKeys', () => {
  const ledger = createMemoryLedger()
  const [pem, other] = ['validator', 'other'].map((name) => toPem(namedSigner(name).key))

  it('tells PEM and bundles apart by what they are', async (t) => {
    const { file, remove } = testFolder()
    t.after(remove)
    const two = await readKeys({ path: file('a', `comment\n${pem}${other}`) })
    assert.deepEqual([two.kind, two.keys.ledger, two.keys.validatorsAt(1).length], ['pem', null, 2])
    const bundle = await readKeys({ path: file('b', ledger.keyBundle()), ledger: ledger.id })
    assert.deepEqual([bundle.kind, bundle.keys.ledger], ['bundle', ledger.id])
  })

  it('refuses anything else, and bundles of a ledger that is not trusted', async (t) => {
    const { file, remove } = testFolder()
    t.after(remove)
    for (const content of ['', 'text', Uint8Array.of(0x83, 1, 2, 3)]) {
      await assert.rejects(readKeys({ path: file('x', content) }), (error) =>
        ['KEYS_UNREADABLE', 'KEY_BUNDLE_INVALID'].includes(String(Object(error).code)),
      )
    }
    const untrusted = { path: file('b', ledger.keyBundle()), ledger: `bsn1${'0'.repeat(40)}` }
    await assert.rejects(readKeys(untrusted), { code: 'KEY_BUNDLE_INVALID' })
    const broken = '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'
    await assert.rejects(readKeys({ path: file('y', broken) }), { code: 'KEYS_UNREADABLE' })
  })
})
