import assert from 'node:assert/strict'
import { sign, verify } from 'node:crypto'
import { it } from 'node:test'
import { common, peer } from '@hyperledger/fabric-protos'
import { createSelfSigned, newCertificateKey, pemOf } from '../../../crypto/certificates.ts'
import { type ProposalParts, signedProposal } from '../../../testing/signed-proposal.ts'
import { toLowS } from '../organisation/low-s.ts'
import { readUserTransaction } from './user-transaction.ts'

const key = newCertificateKey()
const made = createSelfSigned('ann@app', key, 1_800_000_000)

type Changes = {
  readonly parts?: Partial<ProposalParts>
  readonly actions?: number
  readonly by?: typeof key
}

/** The envelope of a proposal, as its user signs it; endorsements are for the peers to look at. */
async function envelopeOf({
  parts = {},
  actions = 1,
  by = key,
}: Changes = {}): Promise<Uint8Array> {
  const who = { certificate: pemOf(await made), key }
  const own = { by: who, channel: 'assets', args: ['set', 'a', 'b'], time: 1_800_000_000 }
  const signed = peer.SignedProposal.deserializeBinary(signedProposal({ ...own, ...parts }))
  const proposal = peer.Proposal.deserializeBinary(signed.getProposalBytes_asU8())
  const called = new peer.ChaincodeActionPayload()
  called.setChaincodeProposalPayload(proposal.getPayload_asU8())
  const action = new peer.TransactionAction()
  action.setPayload(called.serializeBinary())
  const transaction = new peer.Transaction()
  transaction.setActionsList(Array.from({ length: actions }, () => action))
  const payload = new common.Payload()
  payload.setHeader(common.Header.deserializeBinary(proposal.getHeader_asU8()))
  payload.setData(transaction.serializeBinary())
  const envelope = new common.Envelope()
  envelope.setPayload(payload.serializeBinary())
  envelope.setSignature(sign('sha256', payload.serializeBinary(), by))
  return envelope.serializeBinary()
}

it('a transaction that a user signed is read whole', async () => {
  const nonce = Buffer.alloc(24, 'x')
  const read = readUserTransaction(await envelopeOf({ parts: { nonce } }))
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
  await refused({ parts: { transaction: 'ab'.repeat(32) } }, /transaction id/)
  await refused({ parts: { headerContract: 'other' } }, /another contract/)
  await refused({ parts: { type: 1 } }, /no call/)
  await refused({ parts: { nonce: Buffer.alloc(8) } }, /nonce/)
  await refused({ actions: 0 }, /one action/)
  await refused({ actions: 2 }, /one action/)
  await refused({ by: newCertificateKey() }, /signature/)
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
