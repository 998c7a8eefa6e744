import { join } from 'node:path'

/** The ledgers of one node: the real one, and one for trying out that may be dropped. */
export const environments = ['live', 'sandbox'] as const
export type Environment = (typeof environments)[number]

/** The folder in a data folder where a ledger has its own things; `homePaths` says where in it. */
export function environmentHome(home: string, environment: Environment): string {
  return environment === 'live' ? home : join(home, 'sandbox')
}
