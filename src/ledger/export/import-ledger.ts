import { availableParallelism } from 'node:os'
import { equalBytes } from '@openbsn/sdk'
import { createLedger } from '../open-ledger.ts'
import {
  damaged,
  decodeHeader,
  decodeItem,
  type ExportHeader,
  type ExportTrailer,
  readGenesis,
  requireLedger,
} from './export-format.ts'
import type { EntriesProgress, ExportReport } from './export-ledger.ts'
import { fillDraft } from './fill-draft.ts'
import { ItemReader, truncated } from './item-file.ts'
import { openReplay, type Replay, type ReplayDeps } from './replay-blocks.ts'

export type ImportOptions = {
  /** The id that the ledger must have. */
  readonly ledger?: string
  /** Threads that verify signatures; one per core where not said. */
  readonly workers?: number
  readonly onProgress?: (progress: EntriesProgress) => void
  readonly signal?: AbortSignal
}

/**
 * Makes the ledger of an export file in `folder`, which must not exist: every block is executed
 * again, with its own time and boundaries, and must come to the roots that its validators signed.
 * The folder is there whole or not at all.
 * @throws EXPORT_*
 */
export async function importLedger(
  file: string,
  folder: string,
  options: ImportOptions,
  deps: ReplayDeps,
): Promise<ExportReport> {
  const reader = await ItemReader.open(file)
  try {
    const header = await readHeader(reader, options)
    return await fillDraft(folder, (draft) => replay(reader, header, { draft, options, deps }))
  } finally {
    await reader.close()
  }
}

async function readHeader(reader: ItemReader, { ledger }: ImportOptions): Promise<ExportHeader> {
  const item = await reader.next()
  if (!item) throw truncated()
  const header = decodeHeader(item)
  requireLedger(header, ledger)
  return header
}

type Work = {
  readonly draft: string
  readonly options: ImportOptions
  readonly deps: ReplayDeps
}

async function replay(
  reader: ItemReader,
  { genesis, ledger, entries: total }: ExportHeader,
  { draft, options, deps }: Work,
): Promise<ExportReport> {
  const onFailure = () => {}
  await createLedger(draft, readGenesis(genesis), { modules: deps.modules, onFailure })
  const workers = options.workers ?? availableParallelism()
  const blocks = openReplay({ folder: draft, ledger, workers }, deps)
  try {
    const trailer = await readBlocks(reader, blocks, { total, ...options })
    const { height, appHash } = blocks.head
    if (height !== trailer.height || !equalBytes(appHash, trailer.appHash)) {
      throw damaged('its blocks do not lead to the application hash at its end')
    }
    return { ledger, height, entries: trailer.entries, appHash }
  } finally {
    await blocks.close()
  }
}

/** Reads to the end, blocks being replayed meanwhile. Returns the trailer, which fits the file. */
async function readBlocks(
  reader: ItemReader,
  blocks: Replay,
  { total, onProgress, signal }: ImportOptions & { readonly total: number },
): Promise<ExportTrailer> {
  let entries = 0
  for (let item = await reader.next(); item; item = await reader.next()) {
    signal?.throwIfAborted()
    const read = decodeItem(item)
    if ('statements' in read) {
      await blocks.add(read)
      entries += read.statements.length
      onProgress?.({ entries: blocks.size, total })
      continue
    }
    if (!equalBytes(reader.digestBefore(), read.sha256)) throw damaged('its checksum is wrong')
    if (read.entries !== entries) throw damaged('it has other entries than it says at its end')
    if (await reader.next()) throw damaged('bytes follow its end')
    await blocks.finish()
    onProgress?.({ entries: blocks.size, total })
    return read
  }
  throw truncated()
}
