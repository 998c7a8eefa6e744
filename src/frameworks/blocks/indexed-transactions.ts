import type { BlockStore, Indexed, Row } from './block-store.ts'
import type { Hex } from './hex.ts'
import { bytesOf, hexOf } from './hex.ts'

/** A transaction that is in a block which is not taken back, as far as the chain tells. */
export type IndexedTransaction = {
  readonly hash: Hex
  readonly height: number
  readonly blockHash: Hex
  /** Of its block, seconds since 1970. */
  readonly time: number
  /** Place in its block. */
  readonly place: number
  /** 0 where it was reverted. */
  readonly status: 0 | 1
  /** Lower case. */
  readonly from: Hex
  readonly to: Hex | undefined
  /** Address of the contract that it made. */
  readonly created: Hex | undefined
  readonly gasUsed: bigint
  /** SHA-256 of its calldata. */
  readonly input: Hex
  /** The identity of the act behind its calldata, where there is one: what its sender says. */
  readonly act: Uint8Array | undefined
}

const select = `SELECT t.*, b.hash AS block_hash, b.time FROM block_transactions t
  JOIN blocks b ON b.chain = t.chain AND b.height = t.height WHERE t.chain = ?`

/** Of one act: who repeats an act of somebody else cannot hide it behind many. */
const actsMax = 64

export function findTransaction(store: BlockStore, { id }: Indexed, hash: string) {
  const row = store.get(`${select} AND t.hash = ?`, id, bytesOf(hash))
  return row && transactionOf(row)
}

/** Those that name an act: first what was not reverted, then in the order of the chain. */
export function findActs(store: BlockStore, { id }: Indexed, identity: Uint8Array) {
  const order = 'ORDER BY t.status DESC, t.height, t.place LIMIT ?'
  return store.all(`${select} AND t.act = ? ${order}`, id, identity, actsMax).map(transactionOf)
}

function transactionOf(row: Row): IndexedTransaction {
  const hex = (name: string) => hexOf(row[name] as Uint8Array)
  const maybe = (name: string) => (row[name] === null ? undefined : hex(name))
  return {
    hash: hex('hash'),
    height: Number(row.height),
    blockHash: hex('block_hash'),
    time: Number(row.time),
    place: Number(row.place),
    status: row.status === 1 ? 1 : 0,
    from: hex('sender'),
    to: maybe('receiver'),
    created: maybe('created'),
    gasUsed: BigInt(Number(row.gas_used)),
    input: hex('input'),
    act: (row.act as Uint8Array | null) ?? undefined,
  }
}
