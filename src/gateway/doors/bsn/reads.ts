import type { peer } from '@hyperledger/fabric-protos'
import { isCodedError } from '@openbsn/sdk'
import {
  type BlockView,
  type TransactionView,
  viewBlock,
  viewEnvelope,
} from '../../../frameworks/fabric/blocks/block-view.ts'
import {
  type BlockWanted,
  readBlockOf,
  readChainInfo,
  readTransactionOf,
} from '../../../frameworks/fabric/channels/channel-reads.ts'
import { fabricError } from '../../../frameworks/fabric/errors.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import type { BsnStore } from './bsn-store.ts'
import type { Asked } from './calls.ts'
import { invalid, neededIn, textIn } from './envelope.ts'

type Reads = { readonly store: BsnStore }

/** What stands in no block: yet, or for ever. */
const notInBlock = -1

/** A transaction by the id that the client knows. @throws TRANSACTION_UNKNOWN, CALL_NOT_SENT */
export async function getTransaction(asked: Asked, { store }: Reads): Promise<JsonObject> {
  const place = placeOf(asked)
  const id = madeId(asked, store, neededIn(asked.body, 'txId'))
  const block = await readBlockOf(asked.application.hosted, { transaction: id }).catch(
    (error: unknown) => {
      const isMissing = isCodedError(error) && error.code === 'TRANSACTION_UNKNOWN'
      if (isMissing && store.isOurs(place, id)) return undefined
      throw error
    },
  )
  if (!block) {
    const nobody = { createName: '', timeSpanSec: 0, timeSpanNsec: 0 }
    return { blockHash: '', blockNumber: 0, status: notInBlock, ...nobody }
  }
  const { hash, number, transactions } = viewBlock(block)
  const found = transactions.find((one) => one.id === id)
  if (!found) throw fabricError('TRANSACTION_UNKNOWN', `There is no transaction ${id}.`)
  const { txId: _, ...shown } = transactionJson(found)
  return { blockHash: hash, blockNumber: number, ...shown }
}

/** A transaction as the peers have it. @throws as `getTransaction` */
export async function getTransactionData(asked: Asked, { store }: Reads): Promise<JsonObject> {
  const id = madeId(asked, store, neededIn(asked.body, 'txId'))
  const found = await readTransactionOf(asked.application.hosted, id)
  return { txId: id, transData: isJson(asked) ? processedJson(found) : base64(found) }
}

export async function getBlockInfo(asked: Asked, { store }: Reads): Promise<JsonObject> {
  const block = await readBlockOf(asked.application.hosted, blockIn(asked, store))
  const view = viewBlock(block)
  return {
    ...namesOf(view),
    blockSize: view.sizeBytes,
    blockTxCount: view.transactions.length,
    transactions: view.transactions.map(transactionJson),
  }
}

export async function getBlockData(asked: Asked, { store }: Reads): Promise<JsonObject> {
  const block = await readBlockOf(asked.application.hosted, blockIn(asked, store))
  const view = viewBlock(block)
  return { ...namesOf(view), blockData: isJson(asked) ? JSON.stringify(view) : base64(block) }
}

export async function getLedgerInfo({ application }: Asked): Promise<JsonObject> {
  const info = await readChainInfo(application.hosted)
  return {
    blockHash: hex(info.getCurrentblockhash_asU8()),
    height: info.getHeight(),
    preBlockHash: hex(info.getPreviousblockhash_asU8()),
  }
}

const placeOf = ({ application: { served, caller } }: Asked) => ({
  ledger: served.ledger.id,
  service: caller.service,
})

/** The transaction in the channel: of what a client signed, it has another id than the client's. */
const madeId = (asked: Asked, store: BsnStore, told: string) =>
  store.made(placeOf(asked), told) ?? told

/** Of three that may be given, the first of transaction, hash and number counts. */
function blockIn(asked: Asked, store: BsnStore): BlockWanted {
  const { body } = asked
  const transaction = textIn(body, 'txId')
  if (transaction !== '') return { transaction: madeId(asked, store, transaction) }
  const hash = textIn(body, 'blockHash')
  if (hash !== '') {
    if (!/^[0-9a-f]{64}$/i.test(hash)) throw invalid('body.blockHash: 64 hex digits.')
    return { hash: Buffer.from(hash, 'hex') }
  }
  return { number: numberIn(body.blockNumber) }
}

/** Java leaves 0 out. @throws REQUEST_INVALID */
function numberIn(value: JsonValue | undefined): number {
  const number = Number(value ?? 0)
  if (Number.isSafeInteger(number) && number >= 0) return number
  throw invalid('body.blockNumber: a number from 0 on.')
}

const isJson = ({ body }: Asked) => textIn(body, 'dataType') === 'json'

const namesOf = ({ hash, number, previousHash }: BlockView) => ({
  blockHash: hash,
  blockNumber: number,
  preBlockHash: previousHash,
})

const transactionJson = ({ id, code, creator, seconds, nanos }: TransactionView) => ({
  txId: id,
  status: code,
  createName: creator,
  timeSpanSec: seconds,
  timeSpanNsec: nanos,
})

const base64 = (message: { serializeBinary(): Uint8Array }) =>
  Buffer.from(message.serializeBinary()).toString('base64')
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

function processedJson(found: peer.ProcessedTransaction): string {
  const envelope = found.getTransactionenvelope()
  return JSON.stringify({
    ...(envelope && viewEnvelope(envelope)),
    code: found.getValidationcode(),
  })
}
