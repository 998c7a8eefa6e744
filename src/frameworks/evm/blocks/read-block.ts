import { sha256 } from '@openbsn/sdk'
import { actIn } from '../act-tag.ts'
import { type Answer, readAnswer, readBytes, readList, readNumber } from '../chain-values.ts'

/** Blocks, transactions and logs as the index keeps them. */

export type ReadLog = {
  /** Place in its block. */
  readonly index: number
  readonly address: Buffer
  /** Up to four of 32 bytes, one after the other. */
  readonly topics: Buffer
  readonly data: Buffer
}

export type ReadTransaction = {
  readonly hash: Buffer
  /** Place in its block. */
  readonly place: number
  readonly status: 0 | 1
  readonly sender: Buffer
  readonly receiver: Buffer | null
  /** Address of the contract that it made. */
  readonly created: Buffer | null
  readonly gasUsed: number
  /** SHA-256 of the calldata. */
  readonly input: Uint8Array
  /** The identity behind the calldata, where there is one. */
  readonly act: Buffer | null
  readonly logs: readonly ReadLog[]
}

export type ReadHeader = {
  readonly height: number
  readonly hash: Buffer
  readonly parent: Buffer
  /** Seconds since 1970. */
  readonly time: number
}

export type ReadBlock = ReadHeader & { readonly transactions: readonly ReadTransaction[] }

/** @throws CHAIN_GARBLED */
export function headerOf(answer: Answer): ReadHeader {
  return {
    height: readNumber(answer.number, 'number'),
    hash: readBytes(answer.hash, 'hash', 32),
    parent: readBytes(answer.parentHash, 'parentHash', 32),
    time: readNumber(answer.timestamp, 'timestamp'),
  }
}

/** A transaction and its receipt; the logs that `wants` takes. @throws CHAIN_GARBLED */
export function transactionOf(
  transaction: Answer,
  receipt: Answer,
  wants: (address: Buffer) => boolean = () => true,
): ReadTransaction {
  const input = readBytes(transaction.input, 'input')
  const { to } = transaction
  const created = receipt.contractAddress ?? null
  const logs = readList(receipt.logs, 'logs').map((one) => logOf(readAnswer(one, 'log')))
  return {
    hash: readBytes(transaction.hash, 'hash', 32),
    place: readNumber(transaction.transactionIndex, 'transactionIndex'),
    status: readNumber(receipt.status, 'status') === 1 ? 1 : 0,
    sender: readBytes(transaction.from, 'from', 20),
    receiver: to === null || to === undefined ? null : readBytes(to, 'to', 20),
    created: created === null ? null : readBytes(created, 'contractAddress', 20),
    gasUsed: readNumber(receipt.gasUsed, 'gasUsed'),
    input: sha256(input),
    act: actIn(input),
    logs: logs.filter(({ address }) => wants(address)),
  }
}

function logOf(log: Answer): ReadLog {
  const topics = readList(log.topics, 'topics')
  return {
    index: readNumber(log.logIndex, 'logIndex'),
    address: readBytes(log.address, 'address', 20),
    topics: Buffer.concat(topics.map((topic) => readBytes(topic, 'topic', 32))),
    data: readBytes(log.data, 'data'),
  }
}
