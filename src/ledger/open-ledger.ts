import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  CodedError,
  decodeGenesis,
  encodeGenesis,
  type Genesis,
  isCodedError,
  leafHash,
  ledgerIdOf,
  type Signer,
} from '@openbsn/sdk'
import { type CheckedStatement, type CheckPool, createCheckPool } from '../crypto/check-pool.ts'
import type { Refusal } from '../crypto/check-statement.ts'
import { assert } from '../kernel/assert.ts'
import type { Clock } from '../kernel/clock.ts'
import { openStore } from '../storage/store.ts'
import { sizeAfter } from './blocks.ts'
import { DedupeIndex, emptyManifest } from './dedupe/dedupe-index.ts'
import { identityBytes } from './dedupe/memtable.ts'
import { genesisBlock } from './genesis-block.ts'
import type { Block, Ledger } from './ledger.ts'
import { LedgerApplication, runsFolder, storeFolder } from './ledger-application.ts'
import { LedgerStore } from './ledger-store.ts'
import { createLedgerView } from './ledger-view.ts'
import { LogTree } from './log/log-tree.ts'
import { tileWidth } from './log/tile-nodes.ts'
import { findKey, keysModule } from './modules/keys.ts'
import type { Module, RecordPolicy } from './modules/module.ts'
import { decidesAlone, validatorsModule } from './modules/validators.ts'
import { restoreQuotas } from './quota-count.ts'
import { requireSoftware } from './required-software.ts'
import { noSequencer, type Sequencer } from './sequencers/sequencer.ts'
import { Solo } from './sequencers/solo/solo.ts'

export type LedgerOptions = {
  /** The ledger's own folder in the data folder. */
  readonly folder: string
  /** Threads that verify signatures. */
  readonly workers: number
  readonly groupMs?: number
  readonly memtableEntries?: number
}

export type LedgerDeps = {
  readonly clock: Clock
  /** The node's key for blocks; without one the ledger is read alone. */
  readonly signer: Signer | undefined
  /** Version of the program, for what the members decide that nodes must have. */
  readonly software?: string
  /** Modules above the ledger, beside its own. */
  readonly modules: readonly Module[]
  readonly recordPolicy: RecordPolicy
  /** Opens what lies on disk: LMDB where it is not said. */
  readonly openStore?: typeof openStore
  /** Opens what verifies statements: threads of the ledger's own where it is not said. */
  readonly openChecks?: () => CheckPool
  /** Opens what puts statements in order: the solo sequencer where it is not said. */
  readonly openSequencer?: (parts: SequencerParts) => Sequencer
  /**
   * Asked for each statement whose signature holds, before it is put in order: a refusal is its
   * outcome. A matter of this node, as limits are; what the ledger decides is decided later.
   */
  readonly admit?: (statement: CheckedStatement) => Refusal | undefined
  /** The ledger cannot go on: the process must end. */
  readonly onFailure: (error: Error) => void
  readonly onCommit?: (seconds: number) => void
  /** Told of each block with its entries, when it is the ledger's head. */
  readonly onBlock?: (block: Block, entries: readonly CheckedStatement[]) => void
}

/** What a sequencer works on. */
export type SequencerParts = {
  readonly ledger: string
  readonly application: LedgerApplication
  /** The state as of the last block. */
  readonly state: LedgerStore
} & Pick<LedgerDeps, 'signer' | 'clock' | 'admit' | 'onFailure'>

/** A ledger with what only its own node may use. */
export type OpenLedger = Ledger & {
  readonly application: LedgerApplication
  /** The genesis document as stored. */
  readonly genesisBytes: Uint8Array
  readonly store: LedgerStore
}

const ownModules = [keysModule, validatorsModule]

/** True where the folder holds a ledger. */
export function hasLedger(folder: string): boolean {
  return existsSync(join(folder, storeFolder, 'data.mdb'))
}

/**
 * Makes a ledger in an empty folder: genesis, and the state that it stands for, at height 0.
 * Returns its id.
 */
export async function createLedger(
  folder: string,
  genesis: Genesis,
  deps: Pick<LedgerDeps, 'modules' | 'onFailure' | 'openStore'>,
): Promise<string> {
  const store = openLedgerStore(folder, deps)
  const bytes = encodeGenesis(genesis)
  const { block, values, pages } = genesisBlock(genesis, [...ownModules, ...deps.modules])
  const nothing = { entries: [], tiles: [], manifest: emptyManifest }
  await store.writeGenesis(bytes, { block, values, pages, ...nothing })
  await store.close()
  return ledgerIdOf(bytes)
}

/** Opens a ledger under the solo sequencer. @throws STORE_DAMAGED, STORE_NEWER, SOFTWARE_TOO_OLD */
export function openLedger(options: LedgerOptions, deps: LedgerDeps): OpenLedger {
  const store = openLedgerStore(options.folder, deps)
  try {
    store.requireFormat()
    return openOn(store, options, deps)
  } catch (error) {
    void store.close()
    if (isCodedError(error)) throw error
    throw damaged(options.folder, error instanceof Error ? error.message : String(error), error)
  }
}

function openOn(store: LedgerStore, options: LedgerOptions, deps: LedgerDeps): OpenLedger {
  const { folder } = options
  const genesisBytes = store.genesis()
  const head = store.block(store.headHeight() ?? -1)
  if (!genesisBytes || !head) throw damaged(folder, 'genesis or the last block is missing')
  const id = ledgerIdOf(genesisBytes)
  // Who only reads makes no block: what is there stays to be read.
  if (deps.signer && deps.software !== undefined) {
    requireSoftware(store, head.height + 1, deps.software)
  }
  const log = restoreLog(store, head)
  const dedupe = restoreDedupe(store, head, options, deps)
  const pool = deps.openChecks?.() ?? openChecks(store, options, deps)
  const modules = new Map([...ownModules, ...deps.modules].map((one) => [one.name, one]))
  const rules = { ledger: id, modules, recordPolicy: deps.recordPolicy }
  const onBlock = deps.onBlock ?? (() => {})
  const quotas = restoreQuotas(store, head, rules)
  const { software } = deps
  const parts = { rules, store, log, dedupe, pool, head, quotas, folder, onBlock, software }
  const application = new LedgerApplication(parts)
  const inside: SequencerParts = { ...deps, ledger: id, application, state: store }
  const sequencer = deps.openSequencer?.(inside) ?? openSolo(inside, options)
  const genesis = decodeGenesis(genesisBytes)
  const at = { id, genesis, genesisBytes, store, log, dedupe }
  const view = createLedgerView({ ...at, application, sequencer, modules })
  return Object.assign(view, {
    application,
    genesisBytes,
    store,
    close: async () => {
      await sequencer.close()
      await pool.close()
      await dedupe.close()
      await store.close()
    },
  })
}

function openChecks(store: LedgerStore, options: LedgerOptions, deps: LedgerDeps): CheckPool {
  const { onFailure } = deps
  return createCheckPool(options, { findKey: (kid) => findKey(store, kid), onFailure })
}

function openSolo(
  { ledger, application, state, signer, clock, admit, onFailure }: SequencerParts,
  { groupMs }: LedgerOptions,
): Sequencer {
  if (!signer) return noSequencer
  return new Solo(
    { ledger, ...(groupMs === undefined ? {} : { groupMs }) },
    {
      ...{ application, clock, signer, admit, onFailure },
      decidesAlone: (kid, height) => decidesAlone(state, kid, height),
    },
  )
}

function openLedgerStore(
  folder: string,
  deps: Pick<LedgerDeps, 'openStore' | 'onCommit' | 'onFailure'>,
): LedgerStore {
  const onCommit = deps.onCommit ? { onCommit: deps.onCommit } : {}
  const options = { folder: join(folder, storeFolder) }
  const open = deps.openStore ?? openStore
  return new LedgerStore(open(options, { onFailure: deps.onFailure, ...onCommit }))
}

function damaged(folder: string, what: string, cause?: unknown): CodedError {
  const message = `${folder}: ${what}. Run \`bsn ledger verify\`, or restore a backup.`
  return new CodedError('STORE_DAMAGED', message, { cause })
}

function restoreLog(store: LedgerStore, head: Block): LogTree {
  const log = new LogTree(store)
  const size = sizeAfter(head)
  const leaves = Array.from({ length: size % tileWidth }, (_, i) => {
    const entry = store.entry(size - (size % tileWidth) + i)
    assert(entry !== undefined, 'every entry below the size is stored')
    return leafHash(entry.bytes)
  })
  log.restore(size, leaves)
  const { root } = log.plan([])
  if (Buffer.compare(root, head.logRoot) !== 0) {
    throw new CodedError(
      'STORE_DAMAGED',
      'The stored log does not lead to the last log root. Run `bsn ledger verify`.',
    )
  }
  return log
}

function restoreDedupe(
  store: LedgerStore,
  head: Block,
  { folder, memtableEntries }: LedgerOptions,
  { onFailure }: LedgerDeps,
): DedupeIndex {
  const runs = join(folder, runsFolder)
  const stored = store.manifest()
  // The index follows from what the store has: where a file is gone, all of it is made anew.
  const isWhole = stored.runs.every(({ name }) => existsSync(join(runs, name)))
  const manifest = isWhole ? stored : emptyManifest
  const size = memtableEntries === undefined ? {} : { memtableEntries }
  const dedupe = new DedupeIndex({ folder: runs, manifest, ...size }, { onFailure })
  let index = manifest.flushedTo
  for (const record of store.identities(manifest.flushedTo)) {
    const view = new DataView(record.buffer, record.byteOffset + 64)
    // The record holds more than the identity, which the table must not take.
    dedupe.add(record.subarray(0, identityBytes), Number(view.getBigUint64(0)))
    index++
  }
  assert(index === sizeAfter(head), 'every entry has an identity record')
  return dedupe
}
