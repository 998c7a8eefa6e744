import { join } from 'node:path'
import type { Environment } from '@openbsn/sdk'

/** The ledgers of one node: the real one, and one for trying out that may be dropped. */
export const environments: readonly Environment[] = ['live', 'sandbox']

/** The folder in a data folder where a ledger has its own things; `homePaths` says where in it. */
export function environmentHome(home: string, environment: Environment): string {
  return environment === 'live' ? home : join(home, 'sandbox')
}
