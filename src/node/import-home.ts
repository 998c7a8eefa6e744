import type { ExportReport } from '../ledger/export/export-ledger.ts'
import { type ImportOptions, importLedger } from '../ledger/export/import-ledger.ts'
import { credentialPolicy } from '../services/credential-module.ts'
import { bringKeys } from './bring-keys.ts'
import { homePaths } from './create-home.ts'
import { type FillOptions, fillHome } from './fill-home.ts'
import { modules } from './modules.ts'

export type ImportHomeOptions = ImportOptions &
  FillOptions & {
    readonly file: string
    readonly home: string
    /** A data folder whose keys are brought along; without them the node serves reads alone. */
    readonly keys?: string
  }

/**
 * Makes a data folder of an export file: all of it, or nothing.
 * @throws EXPORT_*, HOME_NOT_EMPTY, HOME_KEYS_MISSING, HOME_KEYS_FOREIGN, STORE_IN_USE
 */
export function importHome({
  file,
  home,
  keys,
  dryRun = false,
  ...options
}: ImportHomeOptions): Promise<ExportReport> {
  const fill = async () => {
    const deps = { modules, recordPolicy: credentialPolicy }
    const report = await importLedger(file, homePaths(home).ledger, options, deps)
    if (keys !== undefined) await bringKeys(keys, home, report.ledger)
    return report
  }
  return fillHome(home, fill, { dryRun })
}
