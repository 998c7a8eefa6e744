import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { common, msp, peer } from '@hyperledger/fabric-protos'
import { createSigner } from '../signer.ts'
import { certificateRequest } from './certificate-request.ts'
import { rawSignature } from './der.ts'
import { fabricAlgorithm } from './pem.ts'
import { makeProposal } from './proposal.ts'

const algorithm = fabricAlgorithm()
const signer = createSigner(algorithm, algorithm.generateSecret())
const call = {
  ...{ channel: 's-trade', mspId: 'romeMSP', certificate: 'PEM', contract: 'cc' },
  ...{ function: 'set', args: ['a', 'ü', 'x'.repeat(20_000)], transient: { t: '1', u: '' } },
  ...{ nonce: new Uint8Array(24).fill(7), nowMs: 1_800_000_000_123 },
}
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8')

describe('a proposal of a user', () => {
  it('is read by Fabric as it was meant, and has the id that Fabric wants', async () => {
    const { signed: bytes, transaction } = await makeProposal(call, signer)
    const signed = peer.SignedProposal.deserializeBinary(bytes)
    const proposal = peer.Proposal.deserializeBinary(signed.getProposalBytes_asU8())
    const header = common.Header.deserializeBinary(proposal.getHeader_asU8())
    const channel = common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8())
    const from = common.SignatureHeader.deserializeBinary(header.getSignatureHeader_asU8())
    const creator = msp.SerializedIdentity.deserializeBinary(from.getCreator_asU8())
    assert.deepEqual(
      [channel.getType(), channel.getChannelId(), creator.getMspid()],
      [common.HeaderType.ENDORSER_TRANSACTION, 's-trade', 'romeMSP'],
    )
    const id = createHash('sha256').update(call.nonce).update(from.getCreator_asU8()).digest('hex')
    assert.deepEqual([transaction, channel.getTxId()], [id, id])
    const time = channel.getTimestamp()
    assert.deepEqual([time?.getSeconds(), time?.getNanos()], [1_800_000_000, 123_000_000])
    const payload = peer.ChaincodeProposalPayload.deserializeBinary(proposal.getPayload_asU8())
    const spec = peer.ChaincodeInvocationSpec.deserializeBinary(payload.getInput_asU8())
    const input = spec.getChaincodeSpec()?.getInput()?.getArgsList_asU8() ?? []
    assert.deepEqual(input.map(textOf), ['set', ...call.args])
    const transient = [...payload.getTransientmapMap().entries()]
    assert.deepEqual(
      transient.map(([key, value]) => [key, textOf(value as Uint8Array)]),
      Object.entries(call.transient),
    )
    const signature = rawSignature(signed.getSignature_asU8()) ?? new Uint8Array()
    assert.ok(algorithm.verify(signer.key.raw, signed.getProposalBytes_asU8(), signature))
  })

  it('comes after a certificate that was asked for in the name of the user', async () => {
    const pem = await certificateRequest('ann@app1', signer)
    const pki = await import('pkijs')
    const der = Uint8Array.from(Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64'))
    const request = pki.CertificationRequest.fromBER(der)
    const names = request.subject.typesAndValues.map(({ value }) => value.valueBlock.value)
    assert.deepEqual(names, ['client', 'ann@app1'])
    assert.ok(await request.verify())
  })
})
