import { X509Certificate } from 'node:crypto'
import { common, msp, peer } from '@hyperledger/fabric-protos'
import { isCodedError } from '@openbsn/sdk'
import { senderName } from '../blocks/read-block.ts'
import { transactionId } from './proposals.ts'

/** Who proposed a transaction, where and when: proposals and transactions have it in common. */
export type ReadHeader = {
  readonly channel: string
  readonly transaction: string
  /** Seconds since 1970. */
  readonly time: number
  readonly mspId: string
  readonly certificate: X509Certificate
  readonly nonce: Uint8Array
}

/** What a proposal calls. */
export type ReadSpec = {
  readonly contract: string
  readonly function: string
  readonly args: readonly Uint8Array[]
}

const lengths = { nonceMin: 24, nonceMax: 64 }
/** Of the system: what they do is for organisations, not for users. */
const systemContracts = /^(?:_lifecycle|[a-z]scc)$/

/** False for contracts that users have no business with. */
export const isForUsers = (contract: string): boolean => !systemContracts.test(contract)

/** As blocks name who sent a transaction. */
export const senderOf = ({ mspId, certificate }: Pick<ReadHeader, 'mspId' | 'certificate'>) =>
  senderName(mspId, certificate)

/** Reads a header, whose transaction id follows from who signs and the nonce. @throws by `bad` */
export function readHeader(bytes: { channel: Uint8Array; signature: Uint8Array }, bad: Bad) {
  const channel = common.ChannelHeader.deserializeBinary(bytes.channel)
  if (channel.getType() !== common.HeaderType.ENDORSER_TRANSACTION) {
    throw bad('it is no call of a contract')
  }
  const { creator, ...who } = readSigner(bytes.signature, bad)
  if (channel.getTxId() !== transactionId(who.nonce, creator)) {
    throw bad('its transaction id is not that of its nonce and creator')
  }
  const header: ReadHeader = {
    ...who,
    channel: channel.getChannelId(),
    transaction: channel.getTxId(),
    time: channel.getTimestamp()?.getSeconds() ?? 0,
  }
  return { header, extension: channel.getExtension_asU8() }
}

/** Says what is wrong. */
export type Bad = (what: string, cause?: unknown) => Error

/** What does not parse is refused as what is wrong is. @throws by `bad` */
export function decoded<T>(read: () => T, bad: Bad): T {
  try {
    return read()
  } catch (cause) {
    if (isCodedError(cause)) throw cause
    throw bad('it does not decode', cause)
  }
}

function readSigner(bytes: Uint8Array, bad: Bad) {
  const header = common.SignatureHeader.deserializeBinary(bytes)
  const [creator, nonce] = [header.getCreator_asU8(), header.getNonce_asU8()]
  if (nonce.length < lengths.nonceMin || nonce.length > lengths.nonceMax) {
    throw bad(`its nonce has not ${lengths.nonceMin} to ${lengths.nonceMax} bytes`)
  }
  const identity = msp.SerializedIdentity.deserializeBinary(creator)
  const certificate = new X509Certificate(Buffer.from(identity.getIdBytes_asU8()))
  if (certificate.publicKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw bad('the key of its certificate is not P-256')
  }
  return { creator, nonce, mspId: identity.getMspid(), certificate }
}

/** Reads a ChaincodeInvocationSpec; `extension` is of the header, and names the same contract. */
export function readSpec(bytes: Uint8Array, extension: Uint8Array, bad: Bad): ReadSpec {
  const named = peer.ChaincodeHeaderExtension.deserializeBinary(extension).getChaincodeId()
  const spec = peer.ChaincodeInvocationSpec.deserializeBinary(bytes).getChaincodeSpec()
  const contract = spec?.getChaincodeId()?.getName() ?? ''
  if (contract === '' || named?.getName() !== contract) {
    throw bad('its header names another contract than its call')
  }
  const input = spec?.getInput()
  if (input?.getIsInit()) throw bad('contracts are not initialised here')
  const [name, ...args] = input?.getArgsList_asU8() ?? []
  const text = Buffer.from(name ?? []).toString('utf8')
  if (name === undefined || !Buffer.from(text).equals(name)) throw bad('it names no function')
  return { contract, function: text, args }
}
