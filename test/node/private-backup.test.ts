import assert from 'node:assert/strict'
import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fromBase64url, utf8 } from '@openbsn/sdk'
import type { PrivatePayloads } from '../../src/compliance/private-payloads/private-payloads.ts'
import { backupHome } from '../../src/node/backup.ts'
import { kekFile, lacksEpochKey, openHomeSecrets } from '../../src/node/home-secrets.ts'
import { restoreHome } from '../../src/node/restore.ts'
import { testHome } from '../../src/testing/node-home.ts'
import { leaks } from '../compliance/attacker.ts'

const deps = {
  clock: { nowSeconds: () => 1_800_000_000 },
  onFailure: (error: Error) => {
    throw error
  },
}
const place = { ledger: 'bsn1', service: 'shop', contentType: 'text/plain' }

async function keep(payloads: PrivatePayloads, subject: string) {
  const input = { ...place, subject, act: utf8(`act ${subject}`), payload: utf8(`of ${subject}`) }
  const answer = await payloads.keep(input, async (outcome) => ({ isRefused: false, outcome }))
  assert.ok(answer.state === 'kept')
  return { commitment: answer.outcome, act: input.act }
}

describe('a backup of private payloads', () => {
  let made: Awaited<ReturnType<typeof testHome>>
  let payloads: PrivatePayloads
  before(async () => {
    made = await testHome()
    payloads = openHomeSecrets({ home: made.home }, deps).payloads
  })
  after(async () => {
    await payloads.close()
    await made.remove()
  })

  it('has them and no key of theirs, unless it is asked to; never the outermost one', async () => {
    await keep(payloads, 'ada')
    const kek = readFileSync(kekFile(made.home), 'utf8').trim()
    const secrets = [kek, fromBase64url(kek) ?? '']
    for (const withKeys of [false, true]) {
      const out = made.path(`backup ${withKeys}`)
      const { files } = await backupHome({ home: made.home, out, withKeys })
      const names = files.map(({ path }) => path)
      assert.ok(names.includes('private.sqlite'))
      assert.equal(names.includes('keys/epoch-1.key'), withKeys)
      assert.deepEqual(leaks(out, secrets), [])
    }
  })

  it('goes on with the keys, and says what is missing without', async () => {
    const record = await keep(payloads, 'ada')
    const [out, home, bare] = [made.path('whole'), made.path('again'), made.path('bare')]
    await backupHome({ home: made.home, out, withKeys: true })
    await restoreHome({ from: out, home })
    const missing = { code: 'KEY_ENCRYPTION_KEY_MISSING' }
    assert.throws(() => openHomeSecrets({ home }, deps), missing)
    const kek = kekFile(made.home)
    const again = openHomeSecrets({ home, kek }, deps).payloads
    assert.equal(again.read(record).state, 'kept')
    await again.close()
    await backupHome({ home: made.home, out: made.path('keyless') })
    await restoreHome({ from: made.path('keyless'), home: bare })
    assert.equal(lacksEpochKey(bare), true)
    assert.throws(() => openHomeSecrets({ home: bare, kek }, deps), { code: 'PRIVATE_KEY_MISSING' })
    const brought = made.path('brought')
    await restoreHome({ from: made.path('keyless'), home: brought, keys: made.home })
    const third = openHomeSecrets({ home: brought, kek }, deps).payloads
    assert.equal(third.read(record).state, 'kept')
    await third.close()
  })

  it('reads nothing any more once someone was erased after it', async () => {
    const record = await keep(payloads, 'ada')
    await keep(payloads, 'bob')
    const [out, home] = [made.path('before'), made.path('after')]
    await backupHome({ home: made.home, out })
    await payloads.erase({ ...place, subject: 'bob', credential: 'cred_1' })
    await restoreHome({ from: out, home, keys: made.home })
    const kek = kekFile(made.home)
    assert.throws(() => openHomeSecrets({ home, kek }, deps), { code: 'PRIVATE_KEY_MISSING' })
    assert.equal(payloads.read(record).state, 'kept')
  })

  it('is refused whole where the copy of them was changed', async () => {
    const out = made.path('changed')
    await backupHome({ home: made.home, out })
    appendFileSync(join(out, 'private.sqlite'), ' ')
    const restored = restoreHome({ from: out, home: made.path('not restored') })
    await assert.rejects(restored, { code: 'BACKUP_DAMAGED' })
    assert.deepEqual(readdirSync(made.path('not restored')), [])
  })
})
