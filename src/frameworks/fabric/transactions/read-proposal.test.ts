import assert from 'node:assert/strict'
import { it } from 'node:test'
import { peer } from '@hyperledger/fabric-protos'
import { createSelfSigned, newCertificateKey, pemOf } from '../../../crypto/certificates.ts'
import { selfSigned } from '../../../testing/self-signed.ts'
import { type ProposalParts, signedProposal } from '../../../testing/signed-proposal.ts'
import { readSignedProposal } from './read-proposal.ts'

const key = newCertificateKey()
const made = createSelfSigned('ann@app', key, 1_800_000_000)

async function parts(): Promise<ProposalParts> {
  const by = { certificate: pemOf(await made), key }
  return { by, channel: 'assets', args: ['set', 'a', 'b'], time: 1_800_000_000 }
}

it('a signed proposal is read whole', async () => {
  const nonce = Buffer.alloc(32, 'x')
  const read = readSignedProposal(signedProposal({ ...(await parts()), nonce }))
  assert.deepEqual([read.channel, read.mspId, read.contract], ['assets', 'alphaMSP', 'kv'])
  assert.deepEqual([read.function, read.time], ['set', 1_800_000_000])
  assert.deepEqual(
    read.args.map((arg) => Buffer.from(arg).toString()),
    ['a', 'b'],
  )
  assert.deepEqual(Buffer.from(read.nonce), nonce)
  assert.equal(read.certificate.subject, 'CN=ann@app')
  assert.equal(Buffer.from(read.transient.own ?? []).toString(), 'told')
})

it('one that peers would not take, or that is cut off or changed, is refused', async () => {
  const good = await parts()
  const refused = (bytes: Uint8Array, message: RegExp) =>
    assert.throws(() => readSignedProposal(bytes), { code: 'PROPOSAL_INVALID', message })
  const odd = (more: Partial<ProposalParts>) => signedProposal({ ...good, ...more })
  refused(odd({ transaction: 'ab'.repeat(32) }), /transaction id/)
  refused(odd({ headerContract: 'other' }), /another contract/)
  refused(odd({ contract: '', headerContract: '' }), /another contract/)
  refused(odd({ isInit: true }), /not initialised/)
  refused(odd({ args: [] }), /no function/)
  refused(odd({ type: 1 }), /no call/)
  refused(odd({ nonce: Buffer.alloc(8) }), /nonce/)
  refused(odd({ nonce: Buffer.alloc(65) }), /nonce/)
  refused(odd({ by: { ...good.by, key: newCertificateKey() } }), /signature/)
  const other = { certificate: selfSigned().cert, key }
  refused(odd({ by: other }), /not P-256/)
  refused(odd({ by: { certificate: 'none', key } }), /does not decode/)
  const bytes = signedProposal(good)
  for (const end of [0, 1, 50, bytes.length - 40]) refused(bytes.subarray(0, end), /./)
  const signed = peer.SignedProposal.deserializeBinary(bytes)
  const changed = Buffer.from(signed.getProposalBytes_asU8())
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
  signed.setProposalBytes(changed)
  refused(signed.serializeBinary(), /./)
})
