import { createHash, randomBytes } from 'node:crypto'
import { common, peer } from '@hyperledger/fabric-protos'
import type { Enrolled } from '../frameworks/fabric/organisation/ca-client.ts'
import { signLowS } from '../frameworks/fabric/organisation/low-s.ts'
import { creatorOf } from '../frameworks/fabric/transactions/proposals.ts'

export type ProposalParts = {
  readonly by: Enrolled
  readonly mspId?: string
  readonly channel: string
  readonly contract?: string
  /** As the header names it; as the call does where absent. */
  readonly headerContract?: string
  readonly args: readonly string[]
  /** Seconds since 1970. */
  readonly time: number
  readonly nonce?: Uint8Array
  readonly transaction?: string
  readonly type?: number
  readonly isInit?: boolean
}

/** A call of a contract, signed as clients of Fabric sign one; or as none would, by its parts. */
export function signedProposal(parts: ProposalParts): Buffer {
  const { by, mspId = 'alphaMSP', channel, contract = 'kv', args, time } = parts
  const { nonce = randomBytes(24), headerContract = contract } = parts
  const creator = creatorOf(mspId, by.certificate)
  const id = createHash('sha256').update(nonce).update(creator).digest('hex')
  const channelHeader = headerOf(time)
  channelHeader.setType(parts.type ?? common.HeaderType.ENDORSER_TRANSACTION)
  channelHeader.setChannelId(channel)
  channelHeader.setTxId(parts.transaction ?? id)
  channelHeader.setExtension$(extensionOf(headerContract))
  const signatureHeader = new common.SignatureHeader()
  signatureHeader.setCreator(creator)
  signatureHeader.setNonce(nonce)
  const header = new common.Header()
  header.setChannelHeader(channelHeader.serializeBinary())
  header.setSignatureHeader(signatureHeader.serializeBinary())
  const proposal = new peer.Proposal()
  proposal.setHeader(header.serializeBinary())
  proposal.setPayload(payloadOf(parts, contract, args))
  const signed = new peer.SignedProposal()
  signed.setProposalBytes(proposal.serializeBinary())
  signed.setSignature(signLowS(proposal.serializeBinary(), by.key))
  return Buffer.from(signed.serializeBinary())
}

/** With a time: the messages of times are in a package that is not ours, so it is read. */
function headerOf(seconds: number): common.ChannelHeader {
  const digits: number[] = []
  for (let rest = seconds; rest > 0; rest = Math.floor(rest / 128)) digits.push(rest % 128)
  const varint = digits.map((digit, i) => (i < digits.length - 1 ? digit + 128 : digit))
  return common.ChannelHeader.deserializeBinary(
    Uint8Array.of(0x1a, varint.length + 1, 0x08, ...varint),
  )
}

function extensionOf(contract: string): Uint8Array {
  const id = new peer.ChaincodeID()
  id.setName(contract)
  const extension = new peer.ChaincodeHeaderExtension()
  extension.setChaincodeId(id)
  return extension.serializeBinary()
}

function payloadOf(
  { isInit = false }: ProposalParts,
  contract: string,
  args: readonly string[],
): Uint8Array {
  const id = new peer.ChaincodeID()
  id.setName(contract)
  const input = new peer.ChaincodeInput()
  input.setArgsList(args.map((arg) => Buffer.from(arg)))
  input.setIsInit(isInit)
  const spec = new peer.ChaincodeSpec()
  spec.setChaincodeId(id)
  spec.setInput(input)
  const invocation = new peer.ChaincodeInvocationSpec()
  invocation.setChaincodeSpec(spec)
  const payload = new peer.ChaincodeProposalPayload()
  payload.setInput(invocation.serializeBinary())
  payload.getTransientmapMap().set('own', Buffer.from('told'))
  return payload.serializeBinary()
}
