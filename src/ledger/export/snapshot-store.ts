import { join } from 'node:path'
import { emptyStateRoot, equalBytes, type Genesis, type TrustedKeys } from '@openbsn/sdk'
import { digestsBytes, readStatement, writeDigests } from '../../crypto/check-statement.ts'
import { openStore } from '../../storage/store.ts'
import { appHashOf } from '../blocks.ts'
import { DedupeIndex, emptyManifest } from '../dedupe/dedupe-index.ts'
import { genesisBlock } from '../genesis-block.ts'
import type { Block, StateItem } from '../ledger.ts'
import { runsFolder, storeFolder } from '../ledger-application.ts'
import { LedgerStore, type NewEntry } from '../ledger-store.ts'
import { LogTree } from '../log/log-tree.ts'
import { keysModule } from '../modules/keys.ts'
import type { Module } from '../modules/module.ts'
import { validatorsModule } from '../modules/validators.ts'
import { planState } from '../state/state-tree.ts'
import type { StateReader } from '../state/state-view.ts'
import { BlockSignatures } from './block-signatures.ts'
import { damaged, type ExportedBlock } from './export-format.ts'

export type SnapshotStoreOptions = {
  /** Does not exist, or is empty. */
  readonly folder: string
  readonly ledger: string
  readonly genesis: Genesis
  readonly genesisBytes: Uint8Array
  readonly keys: TrustedKeys
}

type Read = NewEntry & { readonly leaf: Uint8Array }

const nothing = {
  entries: [],
  tiles: [],
  values: new Map<string, null>(),
  pages: new Map<string, undefined>(),
}

/**
 * A ledger that is being filled from a snapshot: nothing is executed. It does not wait for the
 * disk: who fills it syncs it at the end.
 */
export class SnapshotStore {
  readonly #store: LedgerStore
  readonly #log: LogTree
  readonly #dedupe: DedupeIndex
  readonly #signatures: BlockSignatures
  readonly #failure: Promise<never>
  #head: Block
  #stateRoot: Uint8Array = emptyStateRoot

  private constructor({ folder, ledger, keys }: SnapshotStoreOptions, genesis: Block) {
    const failure = Promise.withResolvers<never>()
    // Heard by the races below; a failure between them must not end the process by itself.
    failure.promise.catch(() => undefined)
    const onFailure = failure.reject
    const path = join(folder, storeFolder)
    const runs = { folder: join(folder, runsFolder), manifest: emptyManifest }
    this.#failure = failure.promise
    this.#store = new LedgerStore(openStore({ folder: path, durable: false }, { onFailure }))
    this.#log = new LogTree(this.#store)
    this.#dedupe = new DedupeIndex(runs, { onFailure })
    this.#signatures = new BlockSignatures({ ledger, validatorsAt: keys.validatorsAt })
    this.#head = genesis
  }

  /** Makes it, with genesis and without any state. */
  static async create(
    options: SnapshotStoreOptions,
    { modules }: { readonly modules: readonly Module[] },
  ): Promise<SnapshotStore> {
    const { genesis, genesisBytes } = options
    const { block } = genesisBlock(genesis, [keysModule, validatorsModule, ...modules])
    const made = new SnapshotStore(options, block)
    const write = { ...nothing, block, manifest: emptyManifest }
    await Promise.race([made.#store.writeGenesis(genesisBytes, write), made.#failure])
    return made
  }

  get head(): Block {
    return this.#head
  }

  /** Entries so far. */
  get size(): number {
    return this.#log.size
  }

  get state(): StateReader {
    return this.#store
  }

  /** Of the objects so far. */
  get stateRoot(): Uint8Array {
    return this.#stateRoot
  }

  /**
   * Takes the next block, where its entries lead to its log root and its validators have signed it.
   * @throws EXPORT_DAMAGED
   */
  async append(exported: ExportedBlock): Promise<void> {
    const { height, time, statements, logRoot, stateRoot, signatures } = exported
    const [before, log] = [this.#head, this.#log]
    if (height !== before.height + 1) throw damaged(`block ${height} follows ${before.height}`)
    if (!Number.isSafeInteger(time) || time < before.time) {
      throw damaged(`block ${height} is older than the one before`)
    }
    const entries = statements.map((bytes, i) => readEntry(bytes, log.size + i))
    const plan = log.plan(entries.map(({ leaf }) => leaf))
    if (!equalBytes(plan.root, logRoot)) {
      throw damaged(`the entries of block ${height} do not lead to its log root`)
    }
    this.#signatures.require(exported, plan.size)
    const place = { height, time, firstIndex: log.size, count: entries.length }
    const appHash = appHashOf(plan.size, logRoot, stateRoot)
    const block = { ...place, logRoot, stateRoot, appHash, signatures }
    const tiles = log.fill(plan)
    for (const { identity, iat } of entries) this.#dedupe.add(identity, iat)
    const { manifest } = this.#dedupe
    const written = this.#store.writeBlock({ ...nothing, block, entries, tiles, manifest })
    await Promise.race([written, this.#failure])
    log.finish(plan)
    this.#dedupe.manifestStored(manifest)
    this.#head = block
  }

  /** Takes objects of the last block's state. */
  async put(items: readonly StateItem[]): Promise<void> {
    const changes = new Map(items.map(({ key, value }) => [key, value]))
    const { root, pages } = planState(changes, this.#store)
    await Promise.race([this.#store.writeState(changes, pages), this.#failure])
    this.#stateRoot = root
  }

  async close(): Promise<void> {
    await this.#dedupe.close()
    await this.#store.close()
  }
}

/** Its identity follows from its bytes: a snapshot has none, and cannot lie about it. */
function readEntry(bytes: Uint8Array, index: number): Read {
  const statement = readStatement(bytes)
  if ('code' in statement) throw damaged(`entry ${index} is no statement: ${statement.detail}`)
  const digests = new Uint8Array(digestsBytes)
  writeDigests(bytes, statement, digests)
  return {
    bytes,
    identity: digests.subarray(0, 32),
    content: digests.subarray(32, 64),
    leaf: digests.subarray(64, 96),
    iat: statement.claims.iat,
  }
}
