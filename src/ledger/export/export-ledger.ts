import { link, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CodedError, ledgerIdOf } from '@openbsn/sdk'
import { openStore } from '../../storage/store.ts'
import { sizeAfter } from '../blocks.ts'
import type { Block } from '../ledger.ts'
import { storeFolder } from '../ledger-application.ts'
import { LedgerStore } from '../ledger-store.ts'
import { encodeExportedBlock, encodeHeader, encodeTrailer } from './export-format.ts'
import { ItemWriter } from './item-file.ts'

/** How far an export or import is, in entries. */
export type EntriesProgress = { readonly entries: number; readonly total: number }

export type ExportOptions = {
  /** Replace a file that exists. */
  readonly force?: boolean
  /** Height of the last block to write; the ledger's last one where it is not said. */
  readonly to?: number
  readonly onProgress?: (progress: EntriesProgress) => void
  readonly signal?: AbortSignal
}

export type ExportReport = {
  readonly ledger: string
  readonly height: number
  readonly entries: number
  readonly appHash: Uint8Array
}

/**
 * Writes the ledger in `folder` to one file, up to the block that is its last at the start, or the
 * one before where that is not final yet; the node may run. The file is there whole or not at all.
 * @throws EXPORT_FILE_EXISTS, STORE_DAMAGED, STORE_NEWER
 */
export async function exportLedger(
  folder: string,
  file: string,
  options: ExportOptions = {},
): Promise<ExportReport> {
  const ignored = { onFailure: () => {} }
  const path = join(folder, storeFolder)
  const store = new LedgerStore(openStore({ folder: path, readOnly: true }, ignored))
  const draft = `${file}.${process.pid}.new`
  try {
    const writer = await ItemWriter.create(draft)
    const report = await write(store, writer, options).catch(async (error: unknown) => {
      await writer.abandon()
      throw error
    })
    await place(draft, file, options)
    return report
  } finally {
    await rm(draft, { force: true })
    await store.close()
  }
}

async function write(
  store: LedgerStore,
  writer: ItemWriter,
  { onProgress, signal, to }: ExportOptions,
): Promise<ExportReport> {
  store.requireFormat()
  const genesis = store.genesis()
  const head = to === undefined ? lastFinalBlock(store) : store.block(to)
  if (!genesis || !head) throw damagedStore('genesis or the last block is missing')
  const ledger = ledgerIdOf(genesis)
  const total = sizeAfter(head)
  await writer.add(encodeHeader({ ledger, genesis, entries: total }))
  for (let height = 1; height <= head.height; height++) {
    signal?.throwIfAborted()
    const block = store.block(height)
    if (!block) throw damagedStore(`block ${height} is missing`)
    await writer.add(encodeExportedBlock({ ...block, statements: statementsOf(store, block) }))
    onProgress?.({ entries: sizeAfter(block), total })
  }
  const { height, appHash } = head
  const trailer = { height, entries: total, appHash, sha256: writer.digest() }
  await writer.add(encodeTrailer(trailer))
  await writer.finish()
  return { ledger, height, entries: total, appHash }
}

/** In a network the signatures of the last block can come with the next one. */
function lastFinalBlock(store: LedgerStore): Block | undefined {
  const last = store.block(store.headHeight() ?? -1)
  const isFinal = !last || last.height === 0 || last.signatures.length > 0
  return isFinal ? last : store.block(last.height - 1)
}

/** The registered bytes of a block's entries, in order. @throws STORE_DAMAGED */
export function statementsOf(
  store: LedgerStore,
  { firstIndex, count, height }: Block,
): Uint8Array[] {
  const statements: Uint8Array[] = []
  if (count === 0) return statements
  for (const { index, bytes } of store.entriesFrom(firstIndex)) {
    if (index !== firstIndex + statements.length) break
    statements.push(bytes)
    if (statements.length === count) return statements
  }
  throw damagedStore(`entry ${firstIndex + statements.length} of block ${height} is missing`)
}

/** A `STORE_DAMAGED` to throw. */
export function damagedStore(what: string): CodedError {
  const message = `The ledger cannot be exported: ${what}. Run \`bsn ledger verify\`.`
  return new CodedError('STORE_DAMAGED', message)
}

async function place(draft: string, file: string, { force = false }: ExportOptions) {
  if (force) return rename(draft, file)
  // A link, unlike a rename, never replaces a file that another process made meanwhile.
  return link(draft, file).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EEXIST') throw cause
    throw new CodedError('EXPORT_FILE_EXISTS', `${file} exists already.`, { cause })
  })
}
