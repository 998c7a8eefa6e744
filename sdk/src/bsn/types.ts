import type { Signer } from '../signer.ts'

/** What a gateway says of an application. */
export type BsnAppInfo = {
  readonly appName: string
  /** `fabric` here. */
  readonly appType: string
  /** 1: the gateway keeps users' keys (key-trust). 2: users do (public-key-upload). */
  readonly caType: 1 | 2
  /** Of the mac; users' keys are of P-256 always. 1: SM2. 2: P-256. 3: secp256k1. */
  readonly algorithmType: number
  readonly mspId: string
  /** The channel. */
  readonly channelId: string
  readonly version?: string
  readonly fabricVersion: string
}

/** A user of an application whose key is here. Keep `signer` as a secret. */
export type BsnUser = {
  readonly name: string
  /** In PEM. */
  readonly certificate: string
  readonly signer: Signer
}

/** A call of a function of a chaincode. */
export type BsnCall = {
  readonly chainCode: string
  readonly function: string
  readonly args?: readonly string[]
  /** For endorsers alone: it is in no block. */
  readonly transient?: Readonly<Record<string, string>>
  /** 24 bytes; random ones where absent. The same again has one effect. */
  readonly nonce?: Uint8Array
}

export type BsnCallResult = {
  /** `blockHash` is empty and `status` 0 as long as it is in no block. */
  readonly blockInfo: { readonly txId: string; readonly blockHash: string; readonly status: number }
  readonly ccRes: { readonly ccCode: number; readonly ccData: string }
}

export type BsnTransaction = {
  readonly blockHash: string
  readonly blockNumber: number
  /** The validation code of Fabric: 0 where it counts. */
  readonly status: number
  readonly createName: string
  readonly timeSpanSec: number
  readonly timeSpanNsec: number
}

export type BsnBlock = {
  readonly blockHash: string
  readonly blockNumber: number
  readonly preBlockHash: string
  /** Bytes. */
  readonly blockSize: number
  readonly blockTxCount: number
  readonly transactions: readonly (Omit<BsnTransaction, 'blockHash' | 'blockNumber'> & {
    readonly txId: string
  })[]
}

export type BsnLedgerInfo = {
  readonly blockHash: string
  readonly height: number
  readonly preBlockHash: string
}

export type BsnEvent = {
  readonly eventId: string
  readonly eventKey: string
  readonly notifyUrl: string
  readonly attachArgs: string
  readonly createTime: string
  readonly chainCode: string
}

/** What is sent to `notifyUrl`. The same again has the same `nonceStr`. */
export type BsnNotification = {
  readonly chainCode: string
  readonly orgCode: string
  readonly eventKey: string
  readonly eventId: string
  readonly attachArgs: string
  readonly eventName: string
  readonly txId: string
  readonly payload: string
  readonly blockNumber: number
  readonly nonceStr: string
  /** Of blocks. */
  readonly previousHash?: string
}
