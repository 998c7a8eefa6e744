import { sha256 } from '#sha256'
import { concat, toHex, utf8 } from '../bytes.ts'
import type { Signer } from '../signer.ts'
import { field, number } from './protobuf.ts'
import { fabricSignature } from './signature.ts'

/** What is called on a contract, by a user whose key is its own. */
export type ProposedCall = {
  readonly channel: string
  readonly mspId: string
  /** Of the user, in PEM. */
  readonly certificate: string
  readonly contract: string
  readonly function: string
  readonly args: readonly string[]
  readonly transient: Readonly<Record<string, string>>
  /** 24 bytes. */
  readonly nonce: Uint8Array
  /** Milliseconds since 1970. */
  readonly nowMs: number
}

/** A proposal that was signed, and the parts of it that its transaction has to have. */
export type MadeProposal = {
  /** SignedProposal of Hyperledger Fabric. */
  readonly signed: Uint8Array
  /** Id of the transaction. */
  readonly transaction: string
  readonly contract: string
  readonly channelHeader: Uint8Array
  readonly signatureHeader: Uint8Array
  /** ChaincodeProposalPayload without what is for endorsers alone. */
  readonly payload: Uint8Array
}

/** Proposes a call, and signs it. @throws KEY_INVALID */
export async function makeProposal(call: ProposedCall, signer: Signer): Promise<MadeProposal> {
  const { contract, nonce } = call
  const creator = concat(field(1, utf8(call.mspId)), field(2, utf8(call.certificate)))
  const transaction = toHex(sha256(concat(nonce, creator)))
  const chaincodeId = field(2, utf8(contract))
  const channelHeader = concat(
    number(1, endorserTransaction),
    field(3, timestamp(call.nowMs)),
    field(4, utf8(call.channel)),
    field(5, utf8(transaction)),
    field(7, field(2, chaincodeId)),
  )
  const signatureHeader = concat(field(1, creator), field(2, nonce))
  const header = concat(field(1, channelHeader), field(2, signatureHeader))
  const input = concat(...[call.function, ...call.args].map((one) => field(1, utf8(one))))
  const spec = concat(number(1, golang), field(2, chaincodeId), field(3, input))
  const payload = field(1, field(1, spec))
  const transient = Object.entries(call.transient).map(([key, value]) =>
    field(2, concat(field(1, utf8(key)), field(2, utf8(value)))),
  )
  const proposal = concat(field(1, header), field(2, concat(payload, ...transient)))
  const signature = await fabricSignature(signer, proposal)
  const signed = concat(field(1, proposal), field(2, signature))
  return { signed, transaction, contract, channelHeader, signatureHeader, payload }
}

/** HeaderType.ENDORSER_TRANSACTION, and ChaincodeSpec.Type.GOLANG, which clients say of any. */
const [endorserTransaction, golang] = [3, 1]

function timestamp(nowMs: number): Uint8Array {
  const seconds = Math.floor(nowMs / 1000)
  return concat(number(1, seconds), number(2, Math.floor(nowMs - seconds * 1000) * 1_000_000))
}
