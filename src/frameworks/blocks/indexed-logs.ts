import {
  type BlockStore,
  headOf,
  type Indexed,
  positionsPerBlock,
  type Row,
} from './block-store.ts'
import type { Hex } from './hex.ts'
import { bytesOf, hexOf } from './hex.ts'

/** A log of a contract. */
export type IndexedLog = {
  /** Only grows, also where the chain went back. */
  readonly position: number
  /** `<hash of its block>-<place in it>`: the same from every node. */
  readonly id: string
  readonly height: number
  readonly blockHash: Hex
  /** Of its block, seconds since 1970. */
  readonly time: number
  readonly transaction: Hex
  /** Who sent the transaction. */
  readonly from: Hex
  readonly address: Hex
  readonly topics: readonly Hex[]
  readonly data: Hex
  /** Place in its block. */
  readonly logIndex: number
}

export type LogFilter = {
  /** Of the contract. */
  readonly address?: string
  /** The first topic: which event it is. */
  readonly topic?: string
}

export type LogPage = {
  readonly logs: readonly IndexedLog[]
  /** Where to read on: all before it that match are in `logs`, or came earlier. */
  readonly next: number
}

/** Where a look back begins, exclusive. */
export type BackFrom = {
  readonly before: number
  readonly limit: number
  /** Of the contract. */
  readonly address: string
}
export type LogsBack = { readonly logs: readonly IndexedLog[]; readonly hasOlder: boolean }

/** One answer looks at so many logs, be it for nothing, and has about so many bytes. */
const [scannedMax, pageBytesMax] = [4000, 4 * 1024 * 1024]

const select = `SELECT l.*, t.hash, t.sender, b.hash AS block_hash, b.time, b.virtual
  FROM block_logs l
  JOIN block_transactions t ON t.chain = l.chain AND t.height = l.height AND t.place = l.place
  JOIN blocks b ON b.chain = l.chain AND b.height = l.height WHERE l.chain = ?`

/** Up to `limit` logs at or after a position, oldest first. */
export function readLogs(
  store: BlockStore,
  chain: Indexed,
  { from, limit, address, topic }: LogFilter & { readonly from: number; readonly limit: number },
): LogPage {
  const head = headOf(chain)
  const range = [from, head, scannedMax + 1]
  const order = 'AND l.position >= ? AND l.position < ? ORDER BY l.position LIMIT ?'
  const rows =
    address === undefined
      ? store.each(`${select} ${order}`, chain.id, ...range)
      : store.each(`${select} AND l.address = ? ${order}`, chain.id, bytesOf(address), ...range)
  const wanted = topic === undefined ? undefined : bytesOf(topic)
  const logs: IndexedLog[] = []
  let [bytes, scanned] = [0, 0]
  for (const row of rows) {
    const isEnough = logs.length === limit || bytes > pageBytesMax || scanned === scannedMax
    if (isEnough) return { logs, next: Number(row.position) }
    scanned++
    const { topics, data } = row as { topics: Uint8Array; data: Uint8Array }
    if (wanted && !wanted.equals(topics.subarray(0, 32))) continue
    logs.push(logOf(row))
    bytes += data.length
  }
  return { logs, next: Math.max(from, head) }
}

/** Logs of one contract before a position, the newest first, and whether there are older ones. */
export function readLogsBack(
  store: BlockStore,
  chain: Indexed,
  { before, limit, address }: BackFrom,
): LogsBack {
  const order = 'AND l.address = ? AND l.position < ? ORDER BY l.position DESC LIMIT ?'
  const range = [bytesOf(address), Math.min(before, headOf(chain)), limit + 1] as const
  const logs: IndexedLog[] = []
  let bytes = 0
  for (const row of store.each(`${select} ${order}`, chain.id, ...range)) {
    if (logs.length === limit || bytes > pageBytesMax) return { logs, hasOlder: true }
    logs.push(logOf(row))
    bytes += (row.data as Uint8Array).length
  }
  return { logs, hasOlder: false }
}

/** Those of one transaction, in order. */
export function logsOf(store: BlockStore, chain: Indexed, hash: string): IndexedLog[] {
  const sql = `SELECT t.height, t.place, b.virtual FROM block_transactions t
    JOIN blocks b ON b.chain = t.chain AND b.height = t.height WHERE t.chain = ? AND t.hash = ?`
  const found = store.get(sql, chain.id, bytesOf(hash))
  if (!found || found.virtual === null) return []
  const [height, place] = [Number(found.height), Number(found.place)]
  const from = Number(found.virtual) * positionsPerBlock
  const next = 'SELECT virtual FROM blocks WHERE chain = ? AND height > ? AND virtual NOT NULL'
  const after = store.get(`${next} ORDER BY height LIMIT 1`, chain.id, height)
  const end = after ? Number(after.virtual) * positionsPerBlock : headOf(chain)
  const which = 'AND l.place = ? AND l.position >= ? AND l.position < ? ORDER BY l.position LIMIT ?'
  return store.all(`${select} ${which}`, chain.id, place, from, end, scannedMax).map(logOf)
}

function logOf(row: Row): IndexedLog {
  const hex = (name: string) => hexOf(row[name] as Uint8Array)
  const topics = row.topics as Uint8Array
  const logIndex = Number(row.position) - Number(row.virtual) * positionsPerBlock
  const blockHash = hex('block_hash')
  return {
    position: Number(row.position),
    id: `${blockHash}-${logIndex}`,
    height: Number(row.height),
    blockHash,
    time: Number(row.time),
    transaction: hex('hash'),
    from: hex('sender'),
    address: hex('address'),
    topics: Array.from({ length: topics.length / 32 }, (_, i) =>
      hexOf(topics.subarray(32 * i, 32 * i + 32)),
    ),
    data: hex('data'),
    logIndex,
  }
}
