import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { open, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { CodedError, ledgerIdOf, toHex } from '@openbsn/sdk'
import { copyPrivate } from '../compliance/private-payloads/copy-private.ts'
import { privateOptions } from '../compliance/private-payloads/private-payloads.ts'
import { syncFolder } from '../crypto/key-file.ts'
import { dropRequests } from '../gateway/gateway-database.ts'
import { sizeAfter } from '../ledger/blocks.ts'
import type { Block } from '../ledger/ledger.ts'
import { runsFolder, storeFolder } from '../ledger/ledger-application.ts'
import { LedgerStore } from '../ledger/ledger-store.ts'
import { hasLedger } from '../ledger/open-ledger.ts'
import { copySql } from '../storage/sql.ts'
import { openStore } from '../storage/store.ts'
import {
  type BackupFile,
  type BackupManifest,
  backupFormat,
  manifestName,
  measure,
  secretPaths,
} from './backup-manifest.ts'
import { homePaths } from './create-home.ts'

export type BackupOptions = {
  readonly home: string
  /** Folder to make; it may be there, empty. */
  readonly out: string
  /**
   * Also what signs blocks and acts: whoever has the backup can then do the same. What the
   * key-encryption key wraps stays wrapped, and that key is never in a backup.
   */
  readonly withKeys?: boolean
  /** All is copied and measured as it would be, and then removed. */
  readonly dryRun?: boolean
}

/** How often the copy is begun again because the node merged runs meanwhile. */
const triesMax = 3

/**
 * Copies a data folder while its node works: the ledger at one moment, as it was on disk, and
 * what is kept beside it a moment later. Lists are left out, because a node makes them anew. The
 * folder is there whole or not at all.
 * @throws HOME_EMPTY, HOME_KEYS_MISSING, BACKUP_EXISTS, STORE_NEWER
 */
export async function backupHome({ home, out, withKeys = false, dryRun = false }: BackupOptions) {
  const paths = homePaths(home)
  if (!hasLedger(paths.ledger)) throw new CodedError('HOME_EMPTY', `${home} holds no ledger.`)
  if (withKeys && !existsSync(paths.validatorKey)) {
    throw new CodedError('HOME_KEYS_MISSING', `${paths.validatorKey} is missing.`)
  }
  if (existsSync(out) && readdirSync(out).length > 0) {
    throw new CodedError('BACKUP_EXISTS', `${out} is not empty.`)
  }
  const draft = `${out}.${process.pid}.new`
  const made = mkdirSync(dirname(draft), { recursive: true, mode: 0o700 })
  try {
    const head = await copyLedger(paths.ledger, draft)
    const secrets = withKeys ? secretPaths.filter((path) => existsSync(join(home, path))) : []
    for (const path of secrets) copyInto(join(home, path), join(draft, path))
    for (const name of ['gatewayDatabase', 'evmDatabase', 'portalDatabase'] as const) {
      if (existsSync(paths[name])) copySql(paths[name], homePaths(draft)[name])
    }
    const { gatewayDatabase } = homePaths(draft)
    if (existsSync(gatewayDatabase)) dropRequests(gatewayDatabase)
    copyPrivate(privateOptions(home), privateOptions(draft), { withKeys })
    const manifest = await describe(draft, head)
    if (dryRun) return manifest
    renameSync(draft, out)
    syncFolder(dirname(out))
    noteBackup(paths.lastBackup)
    return manifest
  } finally {
    rmSync(draft, { recursive: true, force: true })
    if (dryRun && made !== undefined) rmSync(made, { recursive: true, force: true })
  }
}

/** For the metrics of the node: when it was. A backup is none the worse where that is not noted. */
function noteBackup(path: string): void {
  try {
    writeFileSync(path, '\n', { mode: 0o600 })
  } catch {
    // Whoever makes backups may be somebody who only reads the data folder.
  }
}

/** When the last backup was whole, in seconds since 1970; undefined where none is noted. */
export function lastBackupOf(home: string): number | undefined {
  const noted = statSync(homePaths(home).lastBackup, { throwIfNoEntry: false })
  return noted && Math.floor(noted.mtimeMs / 1000)
}

type Head = { readonly ledger: string; readonly block: Block; readonly runs: readonly string[] }

async function copyLedger(folder: string, draft: string): Promise<Head> {
  for (let tries = 1; ; tries++) {
    rmSync(draft, { recursive: true, force: true })
    mkdirSync(draft, { recursive: true, mode: 0o700 })
    const store = join(draft, 'ledger', storeFolder)
    const source = openStore({ folder: join(folder, storeFolder), readOnly: true }, unheard)
    await source.copyTo(store).finally(() => source.close())
    const head = await headOf(store)
    const missing = head.runs.filter((name) => !copyRun(name, folder, draft))
    // A node makes runs that are missing anew when it starts: that takes time, and loses nothing.
    if (missing.length === 0 || tries === triesMax) return head
  }
}

/** Nothing is written through these stores. */
const unheard = { onFailure: () => {} }

/** The last block of a store, and the runs that its index has. */
export async function headOf(folder: string): Promise<Head> {
  const store = new LedgerStore(openStore({ folder, readOnly: true }, unheard))
  try {
    store.requireFormat()
    const genesis = store.genesis()
    const block = store.block(store.headHeight() ?? -1)
    if (!genesis || !block) {
      throw new CodedError('STORE_DAMAGED', `${folder}: genesis or the last block is missing.`)
    }
    const runs = store.manifest().runs.map(({ name }) => name)
    return { ledger: ledgerIdOf(genesis), block, runs }
  } finally {
    await store.close()
    rmSync(join(folder, 'lock.mdb'), { force: true })
  }
}

/** False where the run is gone: it was merged into another one. */
function copyRun(name: string, folder: string, draft: string): boolean {
  try {
    copyInto(join(folder, runsFolder, name), join(draft, 'ledger', runsFolder, name))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

function copyInto(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
  copyFileSync(from, to)
}

/** Measures every file, waits until the disk has it, and writes the page last. */
async function describe(draft: string, { ledger, block }: Head): Promise<BackupManifest> {
  const files: BackupFile[] = []
  for (const entry of readdirSync(draft, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    await sync(path)
    const name = relative(draft, path).replaceAll('\\', '/')
    files.push({ path: name, ...(await measure(path)) })
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1))
  const { height } = block
  const appHash = toHex(block.appHash)
  const manifest = {
    format: backupFormat,
    ledger,
    height,
    entries: sizeAfter(block),
    appHash,
    files,
  }
  const path = join(draft, manifestName)
  await writeFile(path, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 })
  await sync(path)
  return manifest
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r')
  await file.sync()
  await file.close()
}
