import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toBase64url } from '@openbsn/sdk'
import { testFolder } from '../testing/folder.ts'
import { ledgerIn, readProfile } from './profile.ts'

const good = {
  format: 'openbsn-profile-1',
  gateway: 'http://127.0.0.1:8420',
  ledger: 'bsn1aa',
  member: { id: 'admin', algorithm: 'EdDSA', secret: toBase64url(new Uint8Array(32).fill(7)) },
}

describe('readProfile', () => {
  it('gives what the administrator acts with', async (t) => {
    const folder = testFolder()
    t.after(folder.remove)
    folder.file('profile.json', JSON.stringify(good))
    const { gateway, ledger, member } = await readProfile(folder.path)
    assert.deepEqual([gateway, ledger, member.id], [good.gateway, good.ledger, 'admin'])
    assert.equal((await member.signer.sign(new Uint8Array(3))).length, 64)
  })

  it('names the sandbox, where there is one', async (t) => {
    const folder = testFolder()
    t.after(folder.remove)
    folder.file('profile.json', JSON.stringify({ ...good, sandbox: { ledger: 'bsn1bb' } }))
    const both = await readProfile(folder.path)
    assert.deepEqual([ledgerIn(both, 'live'), ledgerIn(both, 'sandbox')], ['bsn1aa', 'bsn1bb'])
    folder.file('profile.json', JSON.stringify(good))
    const alone = await readProfile(folder.path)
    assert.throws(() => ledgerIn(alone, 'sandbox'), { code: 'SANDBOX_NOT_NAMED' })
  })

  it('names the member that is wrong, and prints no secret', async (t) => {
    const folder = testFolder()
    t.after(folder.remove)
    await assert.rejects(readProfile(folder.path), { code: 'PROFILE_NOT_FOUND' })
    const { member } = good
    const cases: [unknown, RegExp][] = [
      [{ ...good, format: 'x' }, /"format"/],
      [{ ...good, gateway: 5 }, /"gateway"/],
      [{ ...good, ledger: '' }, /"ledger"/],
      [{ ...good, sandbox: 'bsn1bb' }, /"sandbox"/],
      [{ ...good, member: 'admin' }, /"member"/],
      [{ ...good, member: { ...member, algorithm: 'RSA' } }, /"algorithm"/],
      [{ ...good, member: { ...member, secret: '!!' } }, /"secret"/],
      [{ ...good, member: { ...member, secret: 'AAAA' } }, /secret key/],
      [[], /"format"/],
    ]
    for (const [document, message] of cases) {
      folder.file('profile.json', JSON.stringify(document))
      await assert.rejects(readProfile(folder.path), { code: 'PROFILE_INVALID', message })
    }
    folder.file('profile.json', '{"a":1,"a":2}')
    await assert.rejects(readProfile(folder.path), { code: 'PROFILE_INVALID' })
  })
})
