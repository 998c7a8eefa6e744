import { encodeKeyBundle, encodeReceipt, type Genesis, type KeyBundle } from '@openbsn/sdk'
import { assert } from '../kernel/assert.ts'
import { sizeAfter } from './blocks.ts'
import { checkpointOf, headerOf } from './checkpoint.ts'
import type { DedupeIndex } from './dedupe/dedupe-index.ts'
import type { Block, Ledger } from './ledger.ts'
import type { LedgerApplication } from './ledger-application.ts'
import type { LedgerStore } from './ledger-store.ts'
import type { LogTree } from './log/log-tree.ts'
import type { Module } from './modules/module.ts'
import { validatorChanges } from './modules/validators.ts'
import { dayOf } from './quota-count.ts'
import type { Sequencer } from './sequencers/sequencer.ts'
import { proveState } from './state/state-tree.ts'
import { tryVoted } from './try-voted.ts'

export type ViewParts = {
  readonly id: string
  readonly genesis: Genesis
  readonly genesisBytes: Uint8Array
  readonly store: LedgerStore
  readonly log: LogTree
  readonly dedupe: DedupeIndex
  readonly application: LedgerApplication
  readonly sequencer: Sequencer
  readonly modules: ReadonlyMap<string, Module>
}

/** Everything that may be asked of a ledger, up to its last committed block. */
export function createLedgerView(parts: ViewParts): Omit<Ledger, 'close'> {
  const { id, genesis, store, log, dedupe, application, sequencer } = parts
  const size = () => sizeAfter(application.head)
  const known = (index: number) => Number.isSafeInteger(index) && index >= 0 && index < size()

  function entry(index: number) {
    const stored = known(index) ? store.entry(index) : undefined
    if (!stored) return undefined
    const { height, bytes } = stored
    return { index, height, time: blockAt(store, height).time, statement: bytes }
  }

  function receipts(index: number): Uint8Array[] {
    const stored = known(index) ? store.entry(index) : undefined
    if (!stored) return []
    const block = blockAt(store, stored.height)
    const at = sizeAfter(block)
    const proof = { size: at, index, path: log.inclusionPath(index, at) }
    const headers = headersOf(block)
    return block.signatures.map(({ signature }, i) =>
      encodeReceipt(headers[i] ?? new Uint8Array(), proof, signature),
    )
  }

  /** Kept for the next receipt, which is mostly one of the same block. */
  let recent: { readonly block: Block; readonly headers: readonly Uint8Array[] } | undefined
  function headersOf(block: Block): readonly Uint8Array[] {
    if (recent?.block !== block) {
      recent = { block, headers: block.signatures.map((one) => headerOf(id, block, one)) }
    }
    return recent.headers
  }

  return {
    id,
    genesis,
    get head() {
      return application.head
    },
    submit: (statements) => sequencer.submit(statements),
    // A commit under way has told the index of its entries, but may fail.
    findAct: (identity) => {
      const index = dedupe.find(identity, { isAct: true, iat: 0 })
      return index !== undefined && known(index) ? index : undefined
    },
    block: (height) => (height <= application.head.height ? store.block(height) : undefined),
    entry,
    firstIndexAt: (time) => firstIndexAt(time, application.head, store),
    receipts,
    checkpoints: (block) => block.signatures.map((one) => checkpointOf(id, block, one)),
    inclusionPath: (index, treeSize) => log.inclusionPath(index, treeSize),
    consistencyPath: (before, treeSize) => log.consistencyPath(before, treeSize),
    tile: (level, index) => log.tile(level, index),
    get: (key) => store.get(key),
    writtenOn: (credential, time) => {
      const { day, count } = application.quotaOf(credential)
      return day === dayOf(time) ? count : 0
    },
    objects: (prefix, after, limit) => store.objects(prefix, after, limit),
    // The store's own head: a block can be on disk a moment before the application has heard of it.
    state: (key) => ({
      value: store.get(key) ?? null,
      proof: proveState(key, store),
      block: blockAt(store, store.headHeight() ?? 0),
    }),
    tryVoted: (acts) =>
      tryVoted(acts, { modules: parts.modules, state: store, head: application.head }),
    keyBundle: () => {
      const changes = validatorChanges(store)
        .filter(known)
        .map((index) => {
          const stored = entry(index)
          assert(stored !== undefined, 'a change of validators is an entry')
          return { statement: stored.statement, receipts: receipts(index) }
        })
      return encodeKeyBundle({ genesis: parts.genesisBytes, changes } satisfies KeyBundle)
    },
  }
}

function blockAt(store: LedgerStore, height: number): Block {
  const block = store.block(height)
  assert(block !== undefined, `the block at height ${height} is stored`)
  return block
}

/** Binary search over blocks: their times never decrease. */
function firstIndexAt(time: number, head: Block, store: LedgerStore): number {
  let low = 0
  let high = head.height + 1
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (blockAt(store, middle).time < time) low = middle + 1
    else high = middle
  }
  return low > head.height ? sizeAfter(head) : blockAt(store, low).firstIndex
}
