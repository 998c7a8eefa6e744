import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { CodedError } from '@openbsn/sdk'
import { sizeAfter } from '../ledger/blocks.ts'
import { storeFolder } from '../ledger/ledger-application.ts'
import { LedgerStore } from '../ledger/ledger-store.ts'
import { hasLedger } from '../ledger/open-ledger.ts'
import { Projection } from '../ledger/projection/projection.ts'
import { lockFolder } from '../storage/folder-lock.ts'
import { openStore } from '../storage/store.ts'
import { homePaths } from './create-home.ts'
import { openUsage } from './open-usage.ts'

export type RebuildOptions = {
  readonly home: string
  readonly own: string
  /** Only looks whether it could be done, and at how many entries. */
  readonly dryRun?: boolean
}

export type RebuildDeps = {
  readonly onFailure: (error: Error) => void
  /** Told a few times a second how many of the entries are taken in. */
  readonly onProgress: (done: number, total: number) => void
}

const progressMs = 250

/**
 * Throws the projections of a ledger of the data folder `home`, which has its things in `own`, away
 * and makes them anew from the log, while no node uses the folder. Returns how many entries were
 * taken in.
 * @throws STORE_IN_USE, STORE_NEWER, HOME_EMPTY
 */
export async function rebuildProjections(
  { home, own, dryRun = false }: RebuildOptions,
  deps: RebuildDeps,
): Promise<number> {
  const paths = homePaths(own)
  if (!hasLedger(paths.ledger)) throw new CodedError('HOME_EMPTY', `${own} holds no ledger.`)
  // The node holds the whole data folder by one lock.
  const lock = lockFolder(homePaths(home).lock)
  const folder = join(paths.ledger, storeFolder)
  const store = new LedgerStore(openStore({ folder, readOnly: true }, deps))
  try {
    store.requireFormat()
    const head = store.block(store.headHeight() ?? 0)
    const total = head ? sizeAfter(head) : 0
    if (dryRun) return total
    rmSync(paths.projection, { recursive: true, force: true })
    await projectAll(paths.projection, store, total, deps)
    rmSync(paths.usage, { recursive: true, force: true })
    const usage = openUsage(paths.usage, store, { size: () => total, onFailure: deps.onFailure })
    await usage.advance().finally(() => usage.close())
    return total
  } finally {
    await store.close()
    lock.release()
  }
}

async function projectAll(folder: string, store: LedgerStore, total: number, deps: RebuildDeps) {
  const source = { size: () => total, entriesFrom: (from: number) => store.entriesFrom(from) }
  const projection = new Projection({ folder }, { source, onFailure: deps.onFailure })
  const timer = setInterval(() => deps.onProgress(projection.position, total), progressMs)
  try {
    await projection.advance()
  } finally {
    clearInterval(timer)
    await projection.close()
  }
}
