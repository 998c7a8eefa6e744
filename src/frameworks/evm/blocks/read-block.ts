import { sha256 } from '@openbsn/sdk'
import type { ReadHeader, ReadLog, ReadTransaction } from '../../blocks/block.ts'
import { actIn } from '../act-tag.ts'
import { type Answer, readAnswer, readBytes, readList, readNumber } from '../chain-values.ts'

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
