import assert from 'node:assert/strict'
import { sign, verify } from 'node:crypto'
import { it } from 'node:test'
import { createSelfSigned, newCertificateKey, pemOf } from '../../../crypto/certificates.ts'
import { signedEnvelope } from '../../../testing/signed-envelope.ts'
import { toLowS } from '../organisation/low-s.ts'
import { readUserTransaction } from './user-transaction.ts'

const key = newCertificateKey()
const made = createSelfSigned('ann@app', key, 1_800_000_000)

type Changes = Partial<Parameters<typeof signedEnvelope>[0]>

async function envelopeOf(changes: Changes = {}): Promise<Uint8Array> {
  const by = { certificate: pemOf(await made), key }
  const own = { by, channel: 'assets', args: ['set', 'a', 'b'], time: 1_800_000_000 }
  return signedEnvelope({ ...own, ...changes })
}

it('a transaction that a user signed is read whole', async () => {
  const nonce = Buffer.alloc(24, 'x')
  const read = readUserTransaction(await envelopeOf({ nonce }))
  assert.deepEqual([read.channel, read.mspId, read.contract], ['assets', 'alphaMSP', 'kv'])
  assert.deepEqual([read.function, read.time], ['set', 1_800_000_000])
  assert.equal(read.certificate.subject, 'CN=ann@app')
  assert.deepEqual(Buffer.from(read.nonce), nonce)
  assert.match(read.transaction, /^[0-9a-f]{64}$/)
})

it('one that is no call, of another id, or not signed by its user is refused', async () => {
  const refused = async (changes: Changes, message: RegExp) => {
    const bytes = await envelopeOf(changes)
    assert.throws(() => readUserTransaction(bytes), { code: 'TRANSACTION_INVALID', message })
  }
  await refused({ transaction: 'ab'.repeat(32) }, /transaction id/)
  await refused({ headerContract: 'other' }, /another contract/)
  await refused({ type: 1 }, /no call/)
  await refused({ nonce: Buffer.alloc(8) }, /nonce/)
  await refused({ actions: 0 }, /one action/)
  await refused({ actions: 2 }, /one action/)
  await refused({ isAnswered: false }, /no answer/)
  await refused({ signedBy: newCertificateKey() }, /signature/)
  const bytes = await envelopeOf()
  for (const end of [0, 1, 50, bytes.length - 40]) {
    assert.throws(() => readUserTransaction(bytes.subarray(0, end)), {
      code: 'TRANSACTION_INVALID',
    })
  }
})

it('of two signatures that mean the same, the one with the lower s is handed over', () => {
  const message = Buffer.from('payload')
  const seen = new Set<boolean>()
  for (let round = 0; round < 64; round++) {
    const own = sign('sha256', message, key)
    const low = toLowS(own)
    assert.ok(verify('sha256', message, key, low))
    assert.deepEqual(toLowS(low), low)
    seen.add(low.equals(own))
  }
  assert.equal(seen.size, 2, 'both came')
})
