import { existsSync, renameSync, rmSync } from 'node:fs'
import { CodedError } from '@openbsn/sdk'
import { syncFolder } from '../crypto/key-file.ts'
import { lockFolder } from '../storage/folder-lock.ts'
import { homePaths } from './create-home.ts'
import { environmentHome } from './environment.ts'

export type DropOptions = {
  /** Only looks whether it could be done. */
  readonly dryRun?: boolean
}

/**
 * Removes the sandbox of a data folder with everything in it, while no node uses the folder. The
 * next start makes another one, with another id.
 * @throws HOME_EMPTY, STORE_IN_USE
 */
export function dropSandbox(home: string, { dryRun = false }: DropOptions = {}): void {
  const own = environmentHome(home, 'sandbox')
  if (!existsSync(own)) throw new CodedError('HOME_EMPTY', `${home} holds no sandbox.`)
  const lock = lockFolder(homePaths(home).lock)
  try {
    if (dryRun) return
    // Under another name first: a drop that is cut short shall not leave half a ledger.
    const dropped = `${own}.dropped`
    rmSync(dropped, { recursive: true, force: true })
    renameSync(own, dropped)
    syncFolder(home)
    rmSync(dropped, { recursive: true, force: true })
  } finally {
    lock.release()
  }
}
