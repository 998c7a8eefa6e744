import { common } from '@hyperledger/fabric-protos'
import { blockHash, codesOf, nameOf } from './read-block.ts'

/** A transaction of a block, whatever it does, as people are shown it. */
export type TransactionView = {
  /** Empty for settings of the channel that have none. */
  readonly id: string
  /** What the peers say of it (TxValidationCode). */
  readonly code: number
  /** Name in the certificate of who signed it. */
  readonly creator: string
  readonly seconds: number
  readonly nanos: number
}

export type BlockView = {
  readonly number: number
  /** In hex. */
  readonly hash: string
  readonly previousHash: string
  readonly sizeBytes: number
  readonly transactions: readonly TransactionView[]
}

/** A block with all that is in it, settings of the channel too. */
export function viewBlock(block: common.Block): BlockView {
  const header = block.getHeader() ?? new common.BlockHeader()
  const codeAt = codesOf(block)
  const envelopes = block.getData()?.getDataList_asU8() ?? []
  return {
    number: header.getNumber(),
    hash: blockHash(header).toString('hex'),
    previousHash: Buffer.from(header.getPreviousHash_asU8()).toString('hex'),
    sizeBytes: block.serializeBinary().length,
    transactions: envelopes.map((bytes, place) => ({
      ...viewEnvelope(common.Envelope.deserializeBinary(bytes)),
      code: codeAt(place),
    })),
  }
}

/** What an envelope says of itself. */
export function viewEnvelope(envelope: common.Envelope): Omit<TransactionView, 'code'> {
  const header = common.Payload.deserializeBinary(envelope.getPayload_asU8()).getHeader()
  const channel = common.ChannelHeader.deserializeBinary(
    header?.getChannelHeader_asU8() ?? new Uint8Array(),
  )
  const signer = common.SignatureHeader.deserializeBinary(
    header?.getSignatureHeader_asU8() ?? new Uint8Array(),
  )
  const time = channel.getTimestamp()
  const creator = signer.getCreator_asU8()
  return {
    id: channel.getTxId(),
    creator: creator.length === 0 ? '' : nameOf(creator).replace(/^[^/]*\//, ''),
    seconds: time?.getSeconds() ?? 0,
    nanos: time?.getNanos() ?? 0,
  }
}
