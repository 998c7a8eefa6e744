import { verify } from 'node:crypto'
import { common, peer } from '@hyperledger/fabric-protos'
import { fabricError } from '../errors.ts'
import { decoded, type ReadHeader, type ReadSpec, readHeader, readSpec } from './read-header.ts'

/** A proposal that somebody signed, with all that it says. */
export type ReadProposal = ReadHeader &
  ReadSpec & {
    readonly transient: Readonly<Record<string, Uint8Array>>
    /** ChaincodeInvocationSpec, as a block will have it. */
    readonly spec: Uint8Array
    /** What is signed: header, and what is called. */
    readonly bytes: Uint8Array
    /** DER. */
    readonly signature: Uint8Array
  }

/**
 * Reads a SignedProposal as it must be to be endorsed at all: one call of a contract, whose id is
 * that of its nonce and creator, signed by the certificate in it. Whether the certificate is good,
 * and the channel right, is for whoever knows them.
 * @throws PROPOSAL_INVALID
 */
export function readSignedProposal(signed: Uint8Array): ReadProposal {
  const proposal = decoded(() => decode(signed), invalid)
  if (!verify('sha256', proposal.bytes, proposal.certificate.publicKey, proposal.signature)) {
    throw invalid('its signature is not one of the key of its certificate')
  }
  return proposal
}

function decode(bytes: Uint8Array): ReadProposal {
  const signed = peer.SignedProposal.deserializeBinary(bytes)
  const proposal = peer.Proposal.deserializeBinary(signed.getProposalBytes_asU8())
  const both = common.Header.deserializeBinary(proposal.getHeader_asU8())
  const parts = {
    channel: both.getChannelHeader_asU8(),
    signature: both.getSignatureHeader_asU8(),
  }
  const { header, extension } = readHeader(parts, invalid)
  const proposed = peer.ChaincodeProposalPayload.deserializeBinary(proposal.getPayload_asU8())
  const spec = proposed.getInput_asU8()
  const told: [string, Uint8Array][] = []
  proposed.getTransientmapMap().forEach((value: Uint8Array, key: string) => {
    told.push([key, value])
  })
  return {
    ...header,
    ...readSpec(spec, extension, invalid),
    ...{ spec, transient: Object.fromEntries(told) },
    bytes: signed.getProposalBytes_asU8(),
    signature: signed.getSignature_asU8(),
  }
}

const invalid = (what: string, cause?: unknown) =>
  fabricError('PROPOSAL_INVALID', `The proposal cannot be taken: ${what}.`, { cause })
