import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { CodedError } from '@openbsn/sdk'
import { privateOptions } from '../compliance/private-payloads/private-payloads.ts'
import { lockFolder } from '../storage/folder-lock.ts'
import { homePaths } from './create-home.ts'

/** What a node that joins has fetched and not yet taken in, in its data folder. */
export const takenFile = 'ledger.bsn'

export type FillOptions = {
  /** All is done as it would be, and then removed, too. */
  readonly dryRun?: boolean
}

/**
 * Puts something into a data folder that is empty or not there, while no node can start on it.
 * Where `fill` throws, what it put there is removed.
 * @throws HOME_NOT_EMPTY, STORE_IN_USE
 */
export async function fillHome<T>(
  home: string,
  fill: () => Promise<T>,
  { dryRun = false }: FillOptions = {},
): Promise<T> {
  const made = mkdirSync(home, { recursive: true, mode: 0o700 })
  const lock = lockFolder(homePaths(home).lock)
  try {
    requireEmpty(home)
    const filled = await fill().catch((error: unknown) => {
      emptyHome(home)
      throw error
    })
    if (dryRun) emptyHome(home)
    return filled
  } finally {
    lock.release()
    if (dryRun && made !== undefined) rmSync(made, { recursive: true, force: true })
  }
}

function emptyHome(home: string): void {
  const paths = homePaths(home)
  const made = [paths.ledger, `${paths.ledger}.new`, paths.keys, paths.profile, paths.network]
  const kept = [
    ...[paths.gatewayDatabase, paths.evmDatabase, paths.portalDatabase],
    privateOptions(home).file,
  ]
  for (const path of [...made, ...kept]) rmSync(path, { recursive: true, force: true })
}

/** What an earlier attempt left when it was killed does not count. */
function requireEmpty(home: string): void {
  const left = ['node.lock', 'ledger.new', takenFile]
  const found = readdirSync(home).filter((name) => !left.includes(name))
  if (found.length === 0) return
  throw new CodedError('HOME_NOT_EMPTY', `${home} is not empty: it has ${found[0]}.`)
}
