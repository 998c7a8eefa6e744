import type { Clock } from '../kernel/clock.ts'
import { transact } from '../storage/sql.ts'
import { openPortalFile } from './store/portal-file.ts'
import type { PortalStore } from './store/portal-store.ts'
import { hashOf, newToken } from './tokens.ts'

/** How long a setup link is good. */
export const setupSeconds = 1800

/** Name of the setting that is there as soon as there is an account. */
export const accountsSetting = 'accounts'

export type SetupDeps = { readonly clock: Clock }

/**
 * Token of a new setup link, where there is no account yet; the one before is worth nothing then.
 * Of SQLite without the query builder: that would cost every start of a node 0.4 s of processor.
 * @throws PORTAL_UNAVAILABLE, STORE_NEWER
 */
export async function newSetupToken(
  { file, databaseUrl }: { readonly file: string; readonly databaseUrl?: string | undefined },
  { clock }: SetupDeps,
): Promise<string | undefined> {
  const token = newToken()
  const row = { hash: hashOf(token), expires: clock.nowSeconds() + setupSeconds }
  const isPut = databaseUrl === undefined ? putInFile(file, row) : await putAt(databaseUrl, row)
  return isPut ? token : undefined
}

type Row = { readonly hash: string; readonly expires: number }

/** False where there is an account. */
function putInFile(file: string, { hash, expires }: Row): boolean {
  const database = openPortalFile(file)
  try {
    const found = database.prepare('SELECT 1 FROM portal_settings WHERE name = ?')
    if (found.get(accountsSetting)) return false
    transact(database, () => {
      database.exec('DELETE FROM portal_setup')
      database.prepare('INSERT INTO portal_setup (hash, expires) VALUES (?, ?)').run(hash, expires)
    })
    return true
  } finally {
    database.close()
  }
}

async function putAt(url: string, { hash, expires }: Row): Promise<boolean> {
  const { openPortalDatabase } = await import('./store/portal-database.ts')
  const { createSqlStore } = await import('./store/sql-store.ts')
  const database = await openPortalDatabase({ file: '', url })
  try {
    const store = createSqlStore(database.kysely)
    if ((await store.setting(accountsSetting)) !== undefined) return false
    await store.putSetup(hash, expires)
    return true
  } finally {
    await database.close()
  }
}

/** From now on there is an account, and nobody sets anything up. */
export async function markAccounts(store: PortalStore): Promise<void> {
  await store.settle(accountsSetting, 'yes')
}
