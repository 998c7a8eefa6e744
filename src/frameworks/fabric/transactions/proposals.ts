import { createHash } from 'node:crypto'
import type { Contract, Gateway, Proposal } from '@hyperledger/fabric-gateway'
import { common, gateway as messages, msp, peer } from '@hyperledger/fabric-protos'

/** A call of a contract of Fabric. */
export type Invocation = {
  readonly function: string
  readonly args: readonly (string | Uint8Array)[]
  /** What the contract is told, and no block has. */
  readonly transient?: Readonly<Record<string, Uint8Array>>
}

/** What an id of a transaction is made of. */
export type ProposedBy = {
  readonly nonce: Uint8Array
  /** SerializedIdentity of who signs it; the gateway where absent. */
  readonly creator?: Uint8Array
}

/**
 * Proposes a transaction whose id follows from who proposes and from `nonce` alone: Fabric refuses
 * a second one with that id, so that one nonce has one effect.
 */
export function proposalOf(
  gateway: Gateway,
  contract: Contract,
  { function: name, args, transient = {} }: Invocation,
  { nonce, creator }: ProposedBy,
): Proposal {
  const drafted = contract.newProposal(name, { arguments: [...args], transientData: transient })
  const whole = messages.ProposedTransaction.deserializeBinary(drafted.getBytes())
  const signed = whole.getProposal() ?? new peer.SignedProposal()
  const proposal = peer.Proposal.deserializeBinary(signed.getProposalBytes_asU8())
  const header = common.Header.deserializeBinary(proposal.getHeader_asU8())
  const signature = common.SignatureHeader.deserializeBinary(header.getSignatureHeader_asU8())
  const channel = common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8())
  signature.setNonce(nonce)
  if (creator) signature.setCreator(creator)
  const id = transactionId(nonce, signature.getCreator_asU8())
  channel.setTxId(id)
  header.setSignatureHeader(signature.serializeBinary())
  header.setChannelHeader(channel.serializeBinary())
  proposal.setHeader(header.serializeBinary())
  signed.setProposalBytes(proposal.serializeBinary())
  whole.setProposal(signed)
  whole.setTransactionId(id)
  return gateway.newProposal(whole.serializeBinary())
}

/** SerializedIdentity: an organisation, and a certificate in PEM. */
export function creatorOf(mspId: string, certificate: string): Uint8Array {
  const identity = new msp.SerializedIdentity()
  identity.setMspid(mspId)
  identity.setIdBytes(Buffer.from(certificate))
  return identity.serializeBinary()
}

/** As Fabric has it: 64 lower-case hex digits. */
export function transactionId(nonce: Uint8Array, creator: Uint8Array): string {
  return createHash('sha256').update(nonce).update(creator).digest('hex')
}

/** SHA-256 of an invocation as blocks have it: what a receipt says was called. */
export function invocationHash(spec: Uint8Array): Buffer {
  return createHash('sha256').update(spec).digest()
}

/** The invocation that a proposal has, as a block will have it. */
export function specOf(proposal: Proposal): Uint8Array {
  const whole = messages.ProposedTransaction.deserializeBinary(proposal.getBytes())
  const bytes = whole.getProposal()?.getProposalBytes_asU8() ?? new Uint8Array()
  const payload = peer.Proposal.deserializeBinary(bytes).getPayload_asU8()
  return peer.ChaincodeProposalPayload.deserializeBinary(payload).getInput_asU8()
}
