import { verify, X509Certificate } from 'node:crypto'
import { common, msp, peer } from '@hyperledger/fabric-protos'
import { isCodedError } from '@openbsn/sdk'
import { fabricError } from '../errors.ts'
import { transactionId } from './proposals.ts'

/** A proposal that somebody signed, with all that it says. */
export type ReadProposal = {
  readonly channel: string
  readonly transaction: string
  /** Seconds since 1970. */
  readonly time: number
  readonly mspId: string
  readonly certificate: X509Certificate
  readonly nonce: Uint8Array
  readonly contract: string
  readonly function: string
  readonly args: readonly Uint8Array[]
  readonly transient: Readonly<Record<string, Uint8Array>>
  /** What is signed: header, and what is called. */
  readonly bytes: Uint8Array
}

const lengths = { nonceMin: 24, nonceMax: 64 }

/**
 * Reads a SignedProposal as it must be to be endorsed at all: one call of a contract, whose id is
 * that of its nonce and creator, signed by the certificate in it. Whether the certificate is good,
 * and the channel right, is for whoever knows them.
 * @throws PROPOSAL_INVALID
 */
export function readSignedProposal(signed: Uint8Array): ReadProposal {
  const { signature, type, ...proposal } = parsed(() => decode(signed))
  if (type !== common.HeaderType.ENDORSER_TRANSACTION) throw invalid('it is no call of a contract')
  if (!verify('sha256', proposal.bytes, proposal.certificate.publicKey, signature)) {
    throw invalid('its signature is not one of the key of its certificate')
  }
  return proposal
}

function decode(bytes: Uint8Array) {
  const signed = peer.SignedProposal.deserializeBinary(bytes)
  const proposal = peer.Proposal.deserializeBinary(signed.getProposalBytes_asU8())
  const header = common.Header.deserializeBinary(proposal.getHeader_asU8())
  const channel = common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8())
  const { creator, nonce, ...who } = readSigner(header.getSignatureHeader_asU8())
  if (channel.getTxId() !== transactionId(nonce, creator)) {
    throw invalid('its transaction id is not that of its nonce and creator')
  }
  return {
    ...who,
    ...readCall(channel.getExtension_asU8(), proposal.getPayload_asU8()),
    nonce,
    type: channel.getType(),
    channel: channel.getChannelId(),
    transaction: channel.getTxId(),
    time: channel.getTimestamp()?.getSeconds() ?? 0,
    bytes: signed.getProposalBytes_asU8(),
    signature: signed.getSignature_asU8(),
  }
}

function readSigner(bytes: Uint8Array) {
  const header = common.SignatureHeader.deserializeBinary(bytes)
  const [creator, nonce] = [header.getCreator_asU8(), header.getNonce_asU8()]
  if (nonce.length < lengths.nonceMin || nonce.length > lengths.nonceMax) {
    throw invalid(`its nonce has not ${lengths.nonceMin} to ${lengths.nonceMax} bytes`)
  }
  const identity = msp.SerializedIdentity.deserializeBinary(creator)
  const certificate = new X509Certificate(Buffer.from(identity.getIdBytes_asU8()))
  if (certificate.publicKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw invalid('the key of its certificate is not P-256')
  }
  return { creator, nonce, mspId: identity.getMspid(), certificate }
}

function readCall(extension: Uint8Array, payload: Uint8Array) {
  const named = peer.ChaincodeHeaderExtension.deserializeBinary(extension).getChaincodeId()
  const proposed = peer.ChaincodeProposalPayload.deserializeBinary(payload)
  const spec = peer.ChaincodeInvocationSpec.deserializeBinary(
    proposed.getInput_asU8(),
  ).getChaincodeSpec()
  const contract = spec?.getChaincodeId()?.getName() ?? ''
  if (contract === '' || named?.getName() !== contract) {
    throw invalid('its header names another contract than its call')
  }
  const input = spec?.getInput()
  if (input?.getIsInit()) throw invalid('contracts are not initialised here')
  const [name, ...args] = input?.getArgsList_asU8() ?? []
  const text = Buffer.from(name ?? []).toString('utf8')
  if (name === undefined || !Buffer.from(text).equals(name)) throw invalid('it names no function')
  const told: [string, Uint8Array][] = []
  proposed.getTransientmapMap().forEach((value: Uint8Array, key: string) => {
    told.push([key, value])
  })
  return { contract, function: text, args, transient: Object.fromEntries(told) }
}

/** What does not parse is refused as what is wrong is. */
function parsed<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (isCodedError(cause)) throw cause
    throw invalid('it does not decode', cause)
  }
}

const invalid = (what: string, cause?: unknown) =>
  fabricError('PROPOSAL_INVALID', `The proposal cannot be taken: ${what}.`, { cause })
