import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { common, peer } from '@hyperledger/fabric-protos'
import { createSigner } from '../signer.ts'
import { readEndorsed } from './endorsed-call.ts'
import { fabricAlgorithm } from './pem.ts'
import { type MadeProposal, makeProposal } from './proposal.ts'

const algorithm = fabricAlgorithm()
const signer = createSigner(algorithm, algorithm.generateSecret())
const call = {
  ...{ channel: 's-trade', mspId: 'romeMSP', certificate: 'PEM', contract: 'books' },
  ...{ function: 'set', args: ['a', 'b'], transient: { own: 'told' } },
  ...{ nonce: new Uint8Array(24).fill(7), nowMs: 1_800_000_000_123 },
}

type Parts = {
  header: common.Header
  own: Uint8Array
  called: Uint8Array
  hash: Uint8Array
  contract: string
  endorsements: number
  actions: number
}

/** A payload as a peer's gateway makes it of a proposal, or as a lying one would. */
function payloadOf(proposal: MadeProposal, change: (parts: Parts) => void = () => undefined) {
  const header = new common.Header()
  header.setChannelHeader(proposal.channelHeader)
  header.setSignatureHeader(proposal.signatureHeader)
  const hash = createHash('sha256')
    .update(proposal.channelHeader)
    .update(proposal.signatureHeader)
    .update(proposal.payload)
    .digest()
  const [own, called] = [proposal.signatureHeader, proposal.payload]
  const parts: Parts = { header, own, called, hash, contract: 'books', endorsements: 2, actions: 1 }
  change(parts)
  const payload = new common.Payload()
  payload.setHeader(parts.header)
  const action = new peer.TransactionAction()
  action.setHeader(parts.own)
  action.setPayload(actionOf(parts))
  const transaction = new peer.Transaction()
  transaction.setActionsList(Array.from({ length: parts.actions }, () => action))
  payload.setData(transaction.serializeBinary())
  return payload.serializeBinary()
}

function actionOf({ called, hash, contract, endorsements }: Parts): Uint8Array {
  const response = new peer.Response()
  response.setStatus(200)
  response.setPayload(Buffer.from('SUCCESS'))
  const id = new peer.ChaincodeID()
  id.setName(contract)
  const done = new peer.ChaincodeAction()
  done.setResults(Buffer.from('results'))
  done.setResponse(response)
  done.setChaincodeId(id)
  const answer = new peer.ProposalResponsePayload()
  answer.setProposalHash(hash)
  answer.setExtension$(done.serializeBinary())
  const one = new peer.Endorsement()
  one.setEndorser(Buffer.from('peer'))
  one.setSignature(Buffer.from('signature'))
  const endorsed = new peer.ChaincodeEndorsedAction()
  endorsed.setProposalResponsePayload(answer.serializeBinary())
  endorsed.setEndorsementsList(Array.from({ length: endorsements }, () => one))
  const payload = new peer.ChaincodeActionPayload()
  payload.setChaincodeProposalPayload(called)
  payload.setAction(endorsed)
  return payload.serializeBinary()
}

describe('what a user is to sign', () => {
  it('is read where it is of the very proposal', async () => {
    const proposal = await makeProposal(call, signer)
    const result = readEndorsed(payloadOf(proposal), proposal)
    assert.equal(Buffer.from(result).toString(), 'SUCCESS')
  })

  it('is refused where it is of another call, or has more or less in it', async () => {
    const proposal = await makeProposal(call, signer)
    const refused = (change: (parts: Parts) => void, message: RegExp) =>
      assert.throws(() => readEndorsed(payloadOf(proposal, change), proposal), {
        ...{ code: 'GATEWAY_ANSWER_INVALID', message },
      })
    for (const more of [{ args: ['a', 'c'] }, { function: 'drop' }, { contract: 'other' }]) {
      const other = await makeProposal({ ...call, ...more }, signer)
      refused((parts) => {
        parts.called = other.payload
      }, /arguments/)
    }
    for (const more of [{ channel: 's-other' }, { nowMs: 0 }]) {
      const other = await makeProposal({ ...call, ...more }, signer)
      refused((parts) => parts.header.setChannelHeader(other.channelHeader), /the channel/)
    }
    const nonce = new Uint8Array(24)
    for (const more of [{ nonce }, { mspId: 'osloMSP' }, { certificate: 'other' }]) {
      const other = await makeProposal({ ...call, ...more }, signer)
      refused((parts) => parts.header.setSignatureHeader(other.signatureHeader), /who signs/)
      refused((parts) => {
        parts.own = other.signatureHeader
      }, /who signs its action/)
      assert.throws(() => readEndorsed(payloadOf(other), proposal))
    }
    refused((parts) => {
      parts.hash = Buffer.alloc(32)
    }, /what was endorsed/)
    refused((parts) => {
      parts.contract = 'other'
    }, /another contract/)
    refused((parts) => {
      parts.endorsements = 0
    }, /not made as/)
    for (const actions of [0, 2]) {
      refused((parts) => {
        parts.actions = actions
      }, /not made as/)
    }
  })

  it('is refused cut off, longer, or with any byte changed but of what peers say', async () => {
    const proposal = await makeProposal(call, signer)
    const payload = payloadOf(proposal)
    const peers = Buffer.from(payload).indexOf('results')
    assert.ok(peers > 0)
    for (let at = 0; at < payload.length; at++) {
      assert.throws(() => readEndorsed(payload.slice(0, at), proposal), `cut at ${at}`)
      const changed = payload.slice()
      changed[at] = (changed[at] ?? 0) ^ 1
      if (at < peers - 2) assert.throws(() => readEndorsed(changed, proposal), `byte ${at}`)
    }
    for (const more of [[0x0a, 0], [0x12, 0], [0x18, 1], [0]]) {
      assert.throws(() => readEndorsed(Uint8Array.from([...payload, ...more]), proposal))
    }
  })
})
