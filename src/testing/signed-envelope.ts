import { createHash, type KeyObject, sign } from 'node:crypto'
import { common, peer } from '@hyperledger/fabric-protos'
import { type ProposalParts, signedProposal } from './signed-proposal.ts'

type EnvelopeParts = ProposalParts & {
  readonly actions?: number
  /** False where it has no answer of a contract in it. */
  readonly isAnswered?: boolean
  /** Whose signature it has; the proposer's where absent. */
  readonly signedBy?: KeyObject
}

/** A transaction that its user signed, and that nobody endorsed. */
export function signedEnvelope(all: EnvelopeParts): Buffer {
  const { actions = 1, isAnswered = true, signedBy, ...parts } = all
  const signed = peer.SignedProposal.deserializeBinary(signedProposal(parts))
  const proposal = peer.Proposal.deserializeBinary(signed.getProposalBytes_asU8())
  const header = common.Header.deserializeBinary(proposal.getHeader_asU8())
  const proposed = peer.ChaincodeProposalPayload.deserializeBinary(proposal.getPayload_asU8())
  proposed.clearTransientmapMap()
  const called = new peer.ChaincodeActionPayload()
  called.setChaincodeProposalPayload(proposed.serializeBinary())
  if (isAnswered) called.setAction(answerTo(header, proposed.serializeBinary()))
  const action = new peer.TransactionAction()
  action.setHeader(header.getSignatureHeader_asU8())
  action.setPayload(called.serializeBinary())
  const transaction = new peer.Transaction()
  transaction.setActionsList(Array.from({ length: actions }, () => action))
  const payload = new common.Payload()
  payload.setHeader(header)
  payload.setData(transaction.serializeBinary())
  const bytes = payload.serializeBinary()
  const envelope = new common.Envelope()
  envelope.setPayload(bytes)
  envelope.setSignature(sign('sha256', bytes, signedBy ?? parts.by.key))
  return Buffer.from(envelope.serializeBinary())
}

/** What a contract would say that changes nothing, signed by no peer. */
function answerTo(header: common.Header, proposed: Uint8Array): peer.ChaincodeEndorsedAction {
  const response = new peer.Response()
  response.setStatus(200)
  response.setPayload(Buffer.from('SUCCESS'))
  const done = new peer.ChaincodeAction()
  done.setResponse(response)
  const hash = createHash('sha256').update(header.getChannelHeader_asU8())
  hash.update(header.getSignatureHeader_asU8()).update(proposed)
  const answer = new peer.ProposalResponsePayload()
  answer.setProposalHash(hash.digest())
  answer.setExtension$(done.serializeBinary())
  const endorsed = new peer.ChaincodeEndorsedAction()
  endorsed.setProposalResponsePayload(answer.serializeBinary())
  return endorsed
}
