import { createHash, X509Certificate } from 'node:crypto'
import { common, msp, peer } from '@hyperledger/fabric-protos'
import type { ReadBlock, ReadLog, ReadTransaction } from '../../blocks/block.ts'
import { invocationHash } from '../transactions/proposals.ts'

/** What a peer says of a transaction in the metadata of its block (TxValidationCode). */
export const validationCodes = {
  valid: 0,
  duplicateId: 9,
  mvccConflict: 11,
  phantomRead: 12,
} as const

/** Of the third kind of metadata: a byte for each transaction. */
const codesAt = 2
const notValidated = 254

/** What the peers say of each transaction of a block, in its order. */
export function codesOf(block: common.Block): (place: number) => number {
  const codes = block.getMetadata()?.getMetadataList_asU8()[codesAt] ?? new Uint8Array()
  return (place) => codes[place] ?? notValidated
}

/** A block of a channel as the index keeps it: transactions of contracts, and their events. */
export function readBlock(block: common.Block): ReadBlock {
  const header = block.getHeader() ?? new common.BlockHeader()
  const codeAt = codesOf(block)
  const envelopes = block.getData()?.getDataList_asU8() ?? []
  const read = envelopes.map((bytes, place) => readEnvelope(bytes, place, codeAt(place)))
  const found = read.filter((one) => one !== undefined)
  let logs = 0
  return {
    height: header.getNumber(),
    hash: blockHash(header),
    parent: Buffer.from(header.getPreviousHash_asU8()),
    time: Math.max(0, ...read.map((one) => one?.time ?? 0)),
    transactions: found.map(({ transaction, event }) => ({
      ...transaction,
      logs: event ? [{ ...event, index: logs++ }] : [],
    })),
  }
}

/** As Fabric has it: over the DER of number, previous hash and data hash. */
export function blockHash(header: common.BlockHeader): Buffer {
  const number = header.getNumber().toString(16)
  const hex = number.length % 2 === 0 ? number : `0${number}`
  const bytes = Buffer.from(Number.parseInt(hex.slice(0, 2), 16) > 127 ? `00${hex}` : hex, 'hex')
  const field = (tag: number, value: Uint8Array) =>
    Buffer.concat([Buffer.of(tag, value.length), value])
  const body = Buffer.concat([
    field(0x02, bytes),
    field(0x04, header.getPreviousHash_asU8()),
    field(0x04, header.getDataHash_asU8()),
  ])
  return createHash('sha256').update(field(0x30, body)).digest()
}

type ReadEnvelope = {
  readonly transaction: Omit<ReadTransaction, 'logs'>
  readonly event: Omit<ReadLog, 'index'> | undefined
  readonly time: number
}

/** Undefined for what is no call of a contract, such as another setting of the channel. */
function readEnvelope(bytes: Uint8Array, place: number, code: number): ReadEnvelope | undefined {
  const payload = common.Payload.deserializeBinary(
    common.Envelope.deserializeBinary(bytes).getPayload_asU8(),
  )
  const header = payload.getHeader()
  const channel = common.ChannelHeader.deserializeBinary(
    header?.getChannelHeader_asU8() ?? new Uint8Array(),
  )
  if (channel.getType() !== common.HeaderType.ENDORSER_TRANSACTION) return undefined
  // The one that came first has the id.
  if (code === validationCodes.duplicateId) return undefined
  const signature = common.SignatureHeader.deserializeBinary(
    header?.getSignatureHeader_asU8() ?? new Uint8Array(),
  )
  const { spec, event } = readActions(payload.getData_asU8())
  const isValid = code === validationCodes.valid
  return {
    transaction: {
      hash: Buffer.from(channel.getTxId(), 'hex'),
      place,
      status: isValid ? 1 : 0,
      sender: Buffer.from(nameOf(signature.getCreator_asU8())),
      receiver: null,
      created: null,
      // Nobody pays: here is what the peers say of it.
      gasUsed: code,
      input: invocationHash(spec),
      // Of gateways: the act behind it (fabric-acts.ts).
      act: Buffer.from(signature.getNonce_asU8()),
    },
    event: isValid ? event : undefined,
    time: channel.getTimestamp()?.getSeconds() ?? 0,
  }
}

function readActions(data: Uint8Array) {
  const [action] = peer.Transaction.deserializeBinary(data).getActionsList()
  const payload = peer.ChaincodeActionPayload.deserializeBinary(
    action?.getPayload_asU8() ?? new Uint8Array(),
  )
  const proposed = peer.ChaincodeProposalPayload.deserializeBinary(
    payload.getChaincodeProposalPayload_asU8(),
  )
  const response = peer.ProposalResponsePayload.deserializeBinary(
    payload.getAction()?.getProposalResponsePayload_asU8() ?? new Uint8Array(),
  )
  const result = peer.ChaincodeAction.deserializeBinary(response.getExtension_asU8())
  return { spec: proposed.getInput_asU8(), event: readEvent(result.getEvents_asU8()) }
}

/** One event of a transaction at most: its contract as address, its name as topics. */
function readEvent(bytes: Uint8Array): Omit<ReadLog, 'index'> | undefined {
  if (bytes.length === 0) return undefined
  const event = peer.ChaincodeEvent.deserializeBinary(bytes)
  return {
    address: Buffer.from(event.getChaincodeId()),
    topics: padded(Buffer.from(event.getEventName())),
    data: Buffer.from(event.getPayload_asU8()),
  }
}

/** The index has topics of 32 bytes: a name is as many as it takes, with zeros behind it. */
function padded(name: Buffer): Buffer {
  return Buffer.concat([name], Math.ceil(name.length / 32) * 32)
}

/** A certificate takes longer to read than all else of a transaction, and few sign most of them. */
const names = new Map<string, string>()
const namesMax = 1000

/** Who somebody is: their organisation, and the name in their certificate. */
export function nameOf(creator: Uint8Array): string {
  const key = Buffer.from(creator).toString('latin1')
  const known = names.get(key)
  if (known !== undefined) return known
  if (names.size >= namesMax) names.clear()
  const name = readName(creator)
  names.set(key, name)
  return name
}

function readName(creator: Uint8Array): string {
  const identity = msp.SerializedIdentity.deserializeBinary(creator)
  return senderName(identity.getMspid(), Buffer.from(identity.getIdBytes_asU8()))
}

/** How an identity is named as the sender of a transaction: mspId/common name. */
export function senderName(
  mspId: string,
  certificate: string | Uint8Array | X509Certificate,
): string {
  const isRead = certificate instanceof X509Certificate
  const { subject } = isRead ? certificate : new X509Certificate(certificate)
  const [, name = ''] = /^CN=(.*)$/m.exec(subject) ?? []
  return `${mspId}/${name}`
}
