import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { toHex } from '@openbsn/sdk'
import { syncFolder } from '../crypto/key-file.ts'
import { storeFolder } from '../ledger/ledger-application.ts'
import { headOf } from './backup.ts'
import { type BackupManifest, backupDamaged, measure, readManifest } from './backup-manifest.ts'
import { bringKeys } from './bring-keys.ts'
import { homePaths } from './create-home.ts'
import { type FillOptions, fillHome } from './fill-home.ts'

export type RestoreOptions = FillOptions & {
  readonly from: string
  readonly home: string
  /** A data folder whose keys are brought along, where the backup has none. */
  readonly keys?: string
}

/**
 * Makes a data folder of a backup: all of it, or nothing.
 * @throws BACKUP_*, HOME_NOT_EMPTY, HOME_KEYS_MISSING, HOME_KEYS_FOREIGN, STORE_IN_USE
 */
export async function restoreHome({
  from,
  home,
  keys,
  ...options
}: RestoreOptions): Promise<BackupManifest> {
  const manifest = await readManifest(from)
  const fill = async () => {
    const paths = homePaths(home)
    for (const { path, ...expected } of manifest.files) {
      const target = path.startsWith('ledger/') ? `ledger.new${path.slice(6)}` : path
      const source = join(from, path)
      if (!existsSync(source)) throw backupDamaged(`${path} is missing`)
      copyInto(source, join(home, target))
      const copied = await measure(join(home, target))
      if (copied.sha256 === expected.sha256 && copied.bytes === expected.bytes) continue
      throw backupDamaged(`${path} is not as it was written`)
    }
    await requireHead(`${paths.ledger}.new`, manifest)
    renameSync(`${paths.ledger}.new`, paths.ledger)
    syncFolder(home)
    if (keys !== undefined) await bringKeys(keys, home, manifest.ledger)
    return manifest
  }
  return fillHome(home, fill, options)
}

/** On disk when this returns, and for its owner alone, whatever the backup went through. */
function copyInto(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
  copyFileSync(from, to)
  chmodSync(to, 0o600)
  const file = openSync(to, 'r')
  fsyncSync(file)
  closeSync(file)
}

async function requireHead(draft: string, { ledger, height, appHash }: BackupManifest) {
  const store = join(draft, storeFolder)
  if (!existsSync(join(store, 'data.mdb'))) throw backupDamaged('it has no ledger')
  const head = await headOf(store)
  const isSame = head.ledger === ledger && head.block.height === height
  if (isSame && toHex(head.block.appHash) === appHash) return
  throw backupDamaged('its ledger is another one than it says')
}
