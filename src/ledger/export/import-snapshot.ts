import {
  encodeCbor,
  encodeValidators,
  equalBytes,
  isCodedError,
  type TrustedKeys,
  validatorDelay,
  verifyKeyBundle,
} from '@openbsn/sdk'
import type { Block } from '../ledger.ts'
import { validatorsAt } from '../modules/validators.ts'
import { damaged, decodeItem, readGenesis, requireLedger } from './export-format.ts'
import type { EntriesProgress, ExportReport } from './export-ledger.ts'
import { fillDraft } from './fill-draft.ts'
import { ItemReader, truncated } from './item-file.ts'
import type { ReplayDeps } from './replay-blocks.ts'
import { decodeObjects, decodeSnapshotHeader, type SnapshotHeader } from './snapshot-format.ts'
import { SnapshotStore } from './snapshot-store.ts'

export type SnapshotImportOptions = {
  /** The id that the ledger must have. */
  readonly ledger: string
  readonly onProgress?: (progress: EntriesProgress) => void
}

export type SnapshotReport = ExportReport & {
  /** The last block. */
  readonly head: Block
  /** The block before the first without entries: CometBFT's chain begins behind it. */
  readonly start: Block | undefined
  /** Whose signatures count, up to two blocks after the last one. */
  readonly keys: TrustedKeys
}

/**
 * Makes the ledger of a snapshot file in `folder`, which must not exist, without executing it. The
 * validators are followed from the genesis that the id names. They have signed every block, each of
 * whose roots is computed again from the entries, and the last one from all of the state.
 * The folder is there whole or not at all.
 * @throws EXPORT_*
 */
export async function importSnapshot(
  file: string,
  folder: string,
  options: SnapshotImportOptions,
  deps: Pick<ReplayDeps, 'modules'>,
): Promise<SnapshotReport> {
  const reader = await ItemReader.open(file)
  try {
    const item = await reader.next()
    if (!item) throw truncated()
    const header = decodeSnapshotHeader(item)
    requireLedger(header, options.ledger)
    const keys = keysOf(header)
    return await fillDraft(folder, async (draft) => {
      const genesis = readGenesis(header.genesis)
      const { ledger, genesis: genesisBytes } = header
      const how = { folder: draft, ledger, genesis, genesisBytes, keys }
      const store = await SnapshotStore.create(how, deps)
      try {
        const start = await readBlocks(reader, store, header, options)
        await readState(reader, store, header)
        requireValidators(store, keys)
        const { head } = store
        const { height, appHash } = head
        return { ledger, height, entries: header.entries, appHash, head, start, keys }
      } finally {
        await store.close()
      }
    })
  } finally {
    await reader.close()
  }
}

function keysOf({ keys, ledger }: SnapshotHeader): TrustedKeys {
  try {
    return verifyKeyBundle(keys, ledger)
  } catch (error) {
    throw isCodedError(error) ? damaged(error.message, error) : error
  }
}

async function readBlocks(
  reader: ItemReader,
  store: SnapshotStore,
  { height: last, entries: total }: SnapshotHeader,
  { onProgress }: SnapshotImportOptions,
): Promise<Block | undefined> {
  let start: Block | undefined
  while (store.head.height < last) {
    const item = await reader.next()
    if (!item) throw truncated()
    const block = decodeItem(item)
    if (!('statements' in block)) throw damaged('a block is missing')
    // Alone a node makes no block without entries; a network's first block has none.
    if (block.statements.length === 0) start ??= store.head
    await store.append(block)
    onProgress?.({ entries: store.size, total })
  }
  if (store.size !== total) throw damaged('it has other entries than it says')
  return start
}

async function readState(reader: ItemReader, store: SnapshotStore, { objects }: SnapshotHeader) {
  let read = 0
  for (let item = await reader.next(); item; item = await reader.next()) {
    const items = decodeObjects(item)
    read += items.length
    if (read > objects) throw damaged('its state has more objects than it says')
    await store.put(items)
  }
  if (read < objects) throw truncated()
  if (equalBytes(store.stateRoot, store.head.stateRoot)) return
  throw damaged('its objects do not lead to the state root that the validators signed')
}

/** A key bundle that lacks the latest changes would let those sign who may not any more. */
function requireValidators({ state, head: { height } }: SnapshotStore, keys: TrustedKeys): void {
  for (let at = height; at <= height + validatorDelay; at++) {
    const [own, said] = [validatorsAt(state, at), keys.validatorsAt(at)].map((set) =>
      encodeCbor(encodeValidators(set)),
    )
    if (own && said && equalBytes(own, said)) continue
    throw damaged(`the validators of block ${at} are others than the key bundle says`)
  }
}
