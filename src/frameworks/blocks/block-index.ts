import type { DatabaseSync } from 'node:sqlite'
import {
  blocksRegisterType,
  type CborMap,
  CodedError,
  decodeCbor,
  encodeTransactionLeaf,
  encodeTransactionProof,
  leafHash,
  parseStatement,
} from '@openbsn/sdk'
import type { Ledger } from '../../ledger/ledger.ts'
import type { ChainNotice } from '../chain-notice.ts'
import { BlockStore, headOf, type Indexed } from './block-store.ts'
import type { Follow, Follower } from './follower.ts'
import { bytesOf, type Hex } from './hex.ts'
import {
  type BackFrom,
  type IndexedLog,
  type LogFilter,
  type LogPage,
  type LogsBack,
  logsOf,
  readLogs,
  readLogsBack,
} from './indexed-logs.ts'
import { findActs, findTransaction, type IndexedTransaction } from './indexed-transactions.ts'
import { RangeRegistrar, type RegisterRange } from './range-registrar.ts'
import { RangeStore, type RegisteredRange } from './range-store.ts'

/** Logs of a chain in its order. Positions of one service only grow, and never repeat. */
export interface LogReader {
  /** The position that the next log will have at least. */
  head(service: string): number
  /** Up to `limit` logs at or after `from`, oldest first. */
  read(service: string, options: ReadLogs): LogPage
  /** Up to `limit` of one contract, the newest first. */
  readBack(service: string, from: BackFrom): LogsBack
  ofTransaction(service: string, hash: string): IndexedLog[]
  /**
   * Settles when a log at or after `position` may be there, or the signal is aborted. A sandbox is
   * not kept awake by who waits: it changes when it is `touched`.
   */
  waitFor(service: string, position: number, signal: AbortSignal): Promise<void>
}

export type ReadLogs = LogFilter & { readonly from: number; readonly limit: number }

/** An entry of the ledger's log with `sub` bsn:blocks. */
export type BlocksEntry = { readonly index: number; readonly statement: Uint8Array }

/** What is on the chains of services, followed into tables. All is read again after a loss. */
export interface BlockIndex {
  /** By its hash. Undefined where it is in no block that is indexed. */
  transaction(service: string, hash: string): IndexedTransaction | undefined
  /**
   * By the identity that its calldata ends with; first what was not reverted. Anybody can write
   * any identity: `isTrusted` says whose word counts.
   */
  act(
    service: string,
    identity: Uint8Array,
    isTrusted?: (transaction: IndexedTransaction) => boolean,
  ): IndexedTransaction | undefined
  /**
   * The first of these that is in a block; asked again with every block, for one may replace
   * another. Rejects with the signal's reason. @throws CHAIN_UNAVAILABLE where there is no chain
   */
  waitFor(
    service: string,
    hashes: () => readonly Hex[],
    signal: AbortSignal,
  ): Promise<IndexedTransaction>
  /** The chain may have changed: it is read soon. */
  touched(service: string): void
  /** Settles when all is indexed that the chain had when it was called. @throws CHAIN_* */
  advance(service: string, signal: AbortSignal): Promise<void>
  readonly logs: LogReader
  /** As `encodeTransactionProof` makes it; undefined while its block is not registered. */
  proof(service: string, hash: string): Uint8Array | undefined
  /** From which entry of the ledger on `registered` is to be called. */
  readonly nextEntry: number
  /** Entries of the module of blocks, in order; all before `next` have been told of by then. */
  registered(entries: readonly BlocksEntry[], next: number): void
  /** To be called before the chains are closed: what it asks would wake them again. */
  close(): Promise<void>
}

export type BlockIndexOptions = {
  /** Blocks are gathered so long before they are registered. */
  readonly registerMs?: number
}

export type BlockIndexDeps = {
  /** Has `blockTables`. */
  readonly database: DatabaseSync
  readonly ledger: Pick<Ledger, 'entry' | 'receipts'>
  /** Absent where this node registers nothing. */
  readonly register?: RegisterRange
  /** Undefined where this node has no chain of the service. */
  readonly follow: Follow
  readonly onNotice: (notice: ChainNotice) => void
}

export function createBlockIndex(options: BlockIndexOptions, deps: BlockIndexDeps): BlockIndex {
  return new Blocks(options, deps)
}

class Blocks implements BlockIndex {
  readonly logs: LogReader
  readonly #options: BlockIndexOptions
  readonly #deps: BlockIndexDeps
  readonly #store: BlockStore
  readonly #ranges: RangeStore
  readonly #registrar: RangeRegistrar | undefined
  readonly #followers = new Map<string, Follower>()

  constructor(options: BlockIndexOptions, deps: BlockIndexDeps) {
    this.#options = options
    this.#deps = deps
    this.#store = new BlockStore(deps.database)
    this.#ranges = new RangeStore(this.#store)
    const { register } = deps
    this.#registrar = register && this.#createRegistrar(register)
    // What was indexed before a stop, and not registered.
    for (const service of this.#store.services()) this.#registrar?.soon(service)
    this.logs = {
      head: (service) => this.#read(service, headOf) ?? 0,
      read: (service, how) =>
        this.#read(service, (at) => readLogs(this.#store, at, how)) ?? { logs: [], next: how.from },
      readBack: (service, from) =>
        this.#read(service, (at) => readLogsBack(this.#store, at, from)) ?? {
          ...{ logs: [], hasOlder: false },
        },
      ofTransaction: (service, hash) =>
        this.#read(service, (at) => logsOf(this.#store, at, hash)) ?? [],
      waitFor: async (service, position, signal) =>
        this.#follower(service).waitForLogs(position, signal),
    }
  }

  #createRegistrar(register: RegisterRange): RangeRegistrar {
    const { onNotice, ledger } = this.#deps
    return new RangeRegistrar(this.#options.registerMs ?? 1000, {
      ...{ ranges: this.#ranges, register, onNotice },
      indexedOf: (service) => this.#indexed(service),
      take: (index) => {
        const entry = ledger.entry(index)
        if (entry) this.registered([entry], 0)
      },
    })
  }

  #indexed(service: string): Indexed | undefined {
    return this.#followers.get(service)?.indexed ?? this.#store.chainOf(service)
  }

  #read<T>(service: string, read: (at: Indexed) => T): T | undefined {
    const at = this.#indexed(service)
    return at && read(at)
  }

  #found(service: string): Follower | undefined {
    const known = this.#followers.get(service)
    if (known) return known
    const follower = this.#deps.follow(service, {
      store: this.#store,
      onBlocks: (at) => this.#blocksCame(service, at),
      onDrop: (at, height) => this.#ranges.dropAbove(at, height),
    })
    if (follower) this.#followers.set(service, follower)
    return follower
  }

  /** @throws CHAIN_UNAVAILABLE */
  #follower(service: string): Follower {
    const follower = this.#found(service)
    if (follower) return follower
    const message = `This node has no chain of the service ${service}.`
    throw new CodedError('CHAIN_UNAVAILABLE', message, { retryable: true })
  }

  #blocksCame(service: string, at: Indexed): void {
    this.#check(service, at)
    this.#registrar?.soon(service)
  }

  /** Compares what others registered with our blocks. */
  #check(service: string, at: Indexed): void {
    for (const { first, last } of this.#ranges.check(at)) {
      const text = `its blocks ${first} to ${last} are not as another node registered them`
      this.#deps.onNotice({ level: 'warn', service, text })
    }
  }

  transaction(service: string, hash: string): IndexedTransaction | undefined {
    return this.#read(service, (at) => findTransaction(this.#store, at, hash))
  }

  act(
    service: string,
    identity: Uint8Array,
    isTrusted: (one: IndexedTransaction) => boolean = () => true,
  ) {
    const found = this.#read(service, (at) => findActs(this.#store, at, identity))
    return found?.find(isTrusted)
  }

  async waitFor(service: string, hashes: () => readonly Hex[], signal: AbortSignal) {
    return this.#follower(service).wait(hashes, signal)
  }

  touched(service: string): void {
    this.#found(service)?.touched()
  }

  async advance(service: string, signal: AbortSignal): Promise<void> {
    await this.#follower(service).advance(signal)
  }

  get nextEntry(): number {
    return this.#ranges.nextEntry
  }

  registered(entries: readonly BlocksEntry[], next: number): void {
    const ranges = entries.flatMap(rangeOf)
    this.#ranges.add(ranges, next)
    for (const service of new Set(ranges.map((range) => range.service))) {
      const at = this.#indexed(service)
      if (at) this.#check(service, at)
      this.#registrar?.soon(service)
    }
  }

  proof(service: string, hash: string): Uint8Array | undefined {
    const at = this.#indexed(service)
    const found = at && findTransaction(this.#store, at, hash)
    const proving = found && this.#ranges.proving(at, found.height)
    if (!found || !proving) return undefined
    const { range, tree } = proving
    const { status, height } = found
    const hashes = { transaction: bytesOf(found.hash), input: bytesOf(found.input) }
    const leaf = encodeTransactionLeaf({ ...hashes, status, height })
    const index = tree.indexOf(leafHash(leaf))
    const entry = this.#deps.ledger.entry(range.entry)
    const receipts = this.#deps.ledger.receipts(range.entry)
    if (index === undefined || !entry || receipts.length === 0) return undefined
    const { statement } = entry
    const path = tree.path(index)
    return encodeTransactionProof({ leaf, index, count: range.count, path, statement, receipts })
  }

  async close(): Promise<void> {
    await this.#registrar?.close()
    await Promise.all([...this.#followers.values()].map((one) => one.close()))
  }
}

/** What an entry registers; nothing where it is another act. The ledger has checked its form. */
function rangeOf({ index: entry, statement }: BlocksEntry): RegisteredRange[] {
  const { contentType, payload } = parseStatement(statement)
  if (contentType !== blocksRegisterType) return []
  const map = decodeCbor(payload) as CborMap
  const number = (name: string) => Number(map.get(name))
  const bytes = (name: string) => map.get(name) as Uint8Array
  const [chain, generation] = [number('chain'), number('generation')]
  const [first, last, count] = [number('first'), number('last'), number('count')]
  const service = String(map.get('service'))
  const hashes = { hash: bytes('hash'), root: bytes('root') }
  return [{ entry, service, chain, generation, first, last, count, ...hashes }]
}
