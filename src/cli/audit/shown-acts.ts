import { setTimeout } from 'node:timers/promises'
import {
  type Client,
  isCodedError,
  type TrustedKeys,
  toBase64url,
  verifyReceipts,
} from '@openbsn/sdk'
import { moduleNames, type ShownAct } from '../../ledger/verify/act-replay.ts'
import { fail } from '../fail.ts'
import type { ReceiptLine } from '../put/receipts-file.ts'

/** An act as the gateway shows it, with what proves it; undefined where receipts are not read. */
export type ProvenAct = { readonly shown: ShownAct; readonly line: ReceiptLine | undefined }

export type ActRange = {
  readonly from: number
  /** Exclusive. */
  readonly to: number
  /** Undefined where receipts are not to be verified. */
  readonly keys: TrustedKeys | undefined
  readonly pauseMs: number
}

/** Statements that are fetched at the same time. */
const inFlightMax = 16

/**
 * The control statements of a range of the log, in order, each with its verified receipt. Which
 * ones there are is what the gateway says; that none is missing, only the state root shows.
 * @throws RECEIPT_*, RECEIPT_INDEX_DIFFERS, GATEWAY_*
 */
export async function* shownActs(client: Client, range: ActRange): AsyncGenerator<ProvenAct> {
  const indexes = await actIndexes(client, range)
  for (let at = 0; at < indexes.length; at += inFlightMax) {
    const some = indexes.slice(at, at + inFlightMax)
    yield* await Promise.all(some.map((index) => fetchAct(client, index, range.keys)))
  }
}

async function actIndexes(client: Client, range: ActRange): Promise<number[]> {
  const lists = await Promise.all(moduleNames.map((module) => indexesOf(client, module, range)))
  return lists.flat().sort((a, b) => a - b)
}

const pageMax = 1000

async function indexesOf(client: Client, service: string, { from, to, pauseMs }: ActRange) {
  const indexes: number[] = []
  await listReaches(client, service, { size: to, pauseMs })
  let cursor: string | undefined
  do {
    const link = cursor === undefined ? {} : { cursor }
    const { entries, next } = await client.list({ service, limit: pageMax, ...link })
    indexes.push(...entries.map(({ index }) => index))
    cursor = next
  } while (cursor !== undefined && (indexes.at(-1) ?? 0) < to)
  return indexes.filter((index) => index >= from && index < to)
}

const pollsMax = 100

/** Lists follow the log by a moment; after a restart, or a rebuild, by more. */
async function listReaches(
  client: Client,
  service: string,
  { size, pauseMs }: { readonly size: number; readonly pauseMs: number },
): Promise<void> {
  for (let poll = 0; poll < pollsMax; poll++) {
    if ((await listEnd(client, service)) >= size) return
    await setTimeout(pauseMs)
  }
  throw fail('AUDIT_LIST_BEHIND', `The list of ${service} has not come to entry ${size} yet.`)
}

async function listEnd(client: Client, service: string): Promise<number> {
  try {
    return (await client.list({ service, limit: 1 })).position
  } catch (error) {
    if (isCodedError(error) && error.code === 'LISTS_BEHIND') return 0
    throw error
  }
}

async function fetchAct(
  client: Client,
  index: number,
  keys: TrustedKeys | undefined,
): Promise<ProvenAct> {
  const { statement, height, time } = await client.entry(index)
  if (!keys) return { shown: { index, height, time, bytes: statement }, line: undefined }
  const receipt = await client.receipt(index)
  const proven = verifyReceipts(statement, [receipt], keys)
  if (proven.index !== index) {
    throw fail('RECEIPT_INDEX_DIFFERS', `It proves entry ${proven.index}, not ${index}.`)
  }
  const shown = { index, height: proven.height, time: proven.time, bytes: statement }
  const line = { index, statement: toBase64url(statement), receipt: toBase64url(receipt) }
  return { shown, line }
}
