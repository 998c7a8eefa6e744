import { sha256 } from '#sha256'
import { concat, toHex, utf8 } from '../bytes.ts'
import type { Signer } from '../signer.ts'
import { derSignature } from './der.ts'
import { base64Of } from './pem.ts'

/** What is called on a chaincode, by a user whose key is its own. */
export type ProposedCall = {
  readonly channel: string
  readonly mspId: string
  /** Of the user, in PEM. */
  readonly certificate: string
  readonly chainCode: string
  readonly function: string
  readonly args: readonly string[]
  readonly transient: Readonly<Record<string, string>>
  /** 24 bytes. */
  readonly nonce: Uint8Array
  /** Milliseconds since 1970. */
  readonly nowMs: number
}

/** A SignedProposal of Hyperledger Fabric in base64, and the id of its transaction. */
export async function signedProposal(
  call: ProposedCall,
  signer: Signer,
): Promise<{ readonly transData: string; readonly txId: string }> {
  const creator = concat(field(1, utf8(call.mspId)), field(2, utf8(call.certificate)))
  const txId = toHex(sha256(concat(call.nonce, creator)))
  const chaincodeId = field(2, utf8(call.chainCode))
  const channelHeader = concat(
    number(1, endorserTransaction),
    field(3, timestamp(call.nowMs)),
    field(4, utf8(call.channel)),
    field(5, utf8(txId)),
    field(7, field(2, chaincodeId)),
  )
  const signatureHeader = concat(field(1, creator), field(2, call.nonce))
  const header = concat(field(1, channelHeader), field(2, signatureHeader))
  const input = concat(...[call.function, ...call.args].map((one) => field(1, utf8(one))))
  const spec = concat(number(1, golang), field(2, chaincodeId), field(3, input))
  const transient = Object.entries(call.transient).map(([key, value]) =>
    field(2, concat(field(1, utf8(key)), field(2, utf8(value)))),
  )
  const payload = concat(field(1, field(1, spec)), ...transient)
  const proposal = concat(field(1, header), field(2, payload))
  const signature = derSignature(await signer.sign(proposal))
  return { transData: base64Of(concat(field(1, proposal), field(2, signature))), txId }
}

/** HeaderType.ENDORSER_TRANSACTION, and ChaincodeSpec.Type.GOLANG, which clients say of any. */
const [endorserTransaction, golang] = [3, 1]

function timestamp(nowMs: number): Uint8Array {
  const seconds = Math.floor(nowMs / 1000)
  return concat(number(1, seconds), number(2, Math.floor(nowMs - seconds * 1000) * 1_000_000))
}

/** Protocol Buffers: a field of bytes, text or a message. */
function field(tag: number, bytes: Uint8Array): Uint8Array {
  return concat(varint(tag * 8 + 2), varint(bytes.length), bytes)
}

/** A field of a number; none where it is 0. */
function number(tag: number, value: number): Uint8Array {
  return value === 0 ? new Uint8Array() : concat(varint(tag * 8), varint(value))
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80)
    rest = Math.floor(rest / 0x80)
  }
  return Uint8Array.from([...bytes, rest])
}
