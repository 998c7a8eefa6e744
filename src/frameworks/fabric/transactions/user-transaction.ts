import { verify } from 'node:crypto'
import type { Gateway, Transaction } from '@hyperledger/fabric-gateway'
import { common, gateway as messages, peer } from '@hyperledger/fabric-protos'
import { fabricError } from '../errors.ts'
import { toLowS } from '../organisation/low-s.ts'
import { endorseProposal } from './make-transaction.ts'
import { decoded, type ReadHeader, type ReadSpec, readHeader, readSpec } from './read-header.ts'
import type { ReadProposal } from './read-proposal.ts'

/** A transaction that its user signed, with what it calls. */
export type ReadTransaction = ReadHeader &
  ReadSpec & {
    /** ChaincodeInvocationSpec, as its block will have it. */
    readonly spec: Uint8Array
    /** What is signed. */
    readonly payload: Uint8Array
    /** DER. */
    readonly signature: Uint8Array
  }

/**
 * Has a user's own proposal endorsed, and gives what the user is to sign: the payload of its
 * envelope. @throws as `endorseProposal`
 */
export async function endorseForUser(
  gateway: Gateway,
  { bytes, signature, transaction }: ReadProposal,
): Promise<Uint8Array> {
  const signed = new peer.SignedProposal()
  signed.setProposalBytes(bytes)
  const whole = new messages.ProposedTransaction()
  whole.setProposal(signed)
  whole.setTransactionId(transaction)
  const proposal = gateway.newSignedProposal(whole.serializeBinary(), toLowS(signature))
  const endorsed = (await endorseProposal(proposal)).getBytes()
  const envelope = messages.PreparedTransaction.deserializeBinary(endorsed).getEnvelope()
  return envelope?.getPayload_asU8() ?? new Uint8Array()
}

/** What `handOver` gives to the orderers. */
export function userTransaction(
  gateway: Gateway,
  { payload, signature, transaction }: ReadTransaction,
): Transaction {
  const envelope = new common.Envelope()
  envelope.setPayload(payload)
  const prepared = new messages.PreparedTransaction()
  prepared.setTransactionId(transaction)
  prepared.setEnvelope(envelope)
  return gateway.newSignedTransaction(prepared.serializeBinary(), toLowS(signature))
}

/**
 * Reads the Envelope of a transaction as orderers take it: one call of a contract, whose id is that
 * of its nonce and creator, signed by the certificate in it. Whether it was endorsed by whoever has
 * to, the peers decide.
 * @throws TRANSACTION_INVALID
 */
export function readUserTransaction(bytes: Uint8Array): ReadTransaction {
  const transaction = decoded(() => decode(bytes), invalid)
  const { payload, signature, certificate } = transaction
  if (!verify('sha256', payload, certificate.publicKey, signature)) {
    throw invalid('its signature is not one of the key of its certificate')
  }
  return transaction
}

function decode(bytes: Uint8Array): ReadTransaction {
  const envelope = common.Envelope.deserializeBinary(bytes)
  const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8())
  const parts = {
    channel: payload.getHeader()?.getChannelHeader_asU8() ?? new Uint8Array(),
    signature: payload.getHeader()?.getSignatureHeader_asU8() ?? new Uint8Array(),
  }
  const { header, extension } = readHeader(parts, invalid)
  const actions = peer.Transaction.deserializeBinary(payload.getData_asU8()).getActionsList()
  const [action] = actions
  if (!action || actions.length > 1) throw invalid('it has not one action')
  const called = peer.ChaincodeActionPayload.deserializeBinary(action.getPayload_asU8())
  const proposed = peer.ChaincodeProposalPayload.deserializeBinary(
    called.getChaincodeProposalPayload_asU8(),
  )
  requireAnswer(called)
  const spec = proposed.getInput_asU8()
  return {
    ...header,
    ...readSpec(spec, extension, invalid),
    spec,
    payload: envelope.getPayload_asU8(),
    signature: envelope.getSignature_asU8(),
  }
}

/** Whoever hands it over looks into the answer of the contract. */
function requireAnswer(called: peer.ChaincodeActionPayload): void {
  const endorsed = called.getAction()?.getProposalResponsePayload_asU8() ?? new Uint8Array()
  const answer = peer.ProposalResponsePayload.deserializeBinary(endorsed)
  const done = peer.ChaincodeAction.deserializeBinary(answer.getExtension_asU8())
  if (!done.getResponse()) throw invalid('no answer of a contract is in it')
}

const invalid = (what: string, cause?: unknown) =>
  fabricError('TRANSACTION_INVALID', `The transaction cannot be taken: ${what}.`, { cause })
