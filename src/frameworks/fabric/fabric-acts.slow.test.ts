import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createSelfSigned, newCertificateKey, pemOf } from '../../crypto/certificates.ts'
import { awayFabric } from '../../testing/away-fabric.ts'
import { signedEnvelope } from '../../testing/signed-envelope.ts'

const act = { service: 'coin', credential: 'c1', function: 'send', id: Buffer.from('one') }
const never = new AbortController().signal

it('what a user signed, and nobody answered, is of unknown fate under its own id', async (t) => {
  const fabric = awayFabric(t, 'bsn1test', async () => 0)
  const key = newCertificateKey()
  const by = { certificate: pemOf(await createSelfSigned('ann@c1', key, 1_800_000_000)), key }
  const parts = { by, channel: 'coin-channel', args: ['set', 'a'], time: 1_800_000_000 }
  const rawOf = (contract: string) => `0x${signedEnvelope({ ...parts, contract }).toString('hex')}`
  const submit = async (args: Record<string, string>) => {
    const [outcome] = await fabric.submit([{ ...act, args }], never)
    return outcome?.state === 'rejected' ? outcome.code : outcome?.state
  }
  assert.equal(await submit({ raw: '0x00' }), 'TRANSACTION_INVALID')
  assert.equal(await submit({ raw: rawOf('qscc') }), 'CONTRACT_UNKNOWN')
  assert.equal(await submit({ raw: rawOf('kv'), contract: 'kv' }), 'ARGUMENT_INVALID')
  assert.equal((await fabric.status(act)).state, 'rejected')
  // Nothing of these was of a transaction, so the id is free.
  const raw = rawOf('kv')
  await assert.rejects(submit({ raw }), { code: 'CALL_FATE_UNKNOWN' })
  const known = await fabric.status(act)
  assert.ok(known.state === 'pending' && /^[0-9a-f]{64}$/.test(known.transaction ?? ''))
  assert.equal(await submit({ raw: rawOf('kv') }), 'ACT_ID_CONFLICT')
})

it('what a user signed is not sent while the peer is away', async (t) => {
  const fabric = awayFabric(t, 'bsn1test')
  const call = { ...act, args: { raw: '0x00' } }
  await assert.rejects(fabric.submit([call], never), { code: 'CALL_NOT_SENT' })
  assert.deepEqual(await fabric.status(act), { state: 'not_sent' })
})
