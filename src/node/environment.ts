import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from '@openbsn/sdk'
import { namePattern } from '../ledger/modules/module.ts'

/** The ledgers of one node: the real one, and one for trying out that may be dropped. */
export const environments: readonly Environment[] = ['live', 'sandbox']

/** The folder in a data folder where a ledger has its own things; `homePaths` says where in it. */
export function environmentHome(home: string, environment: Environment): string {
  return environment === 'live' ? home : join(home, 'sandbox')
}

/** Where the groups of a node lie, each as a data folder of its own. */
export const groupsFolder = (home: string) => join(home, 'groups')

export const groupHome = (home: string, name: string) => join(groupsFolder(home), name)

/** Is there when the node has left the group: it is not opened any more. */
export const leftMark = (own: string) => join(own, 'left')

/** Names of the groups that a node keeps, and has not left. */
export function groupNames(home: string): string[] {
  const folder = groupsFolder(home)
  if (!existsSync(folder)) return []
  const isKept = (name: string) =>
    existsSync(join(folder, name, 'network', 'network.json')) &&
    !existsSync(leftMark(join(folder, name)))
  return readdirSync(folder)
    .filter((name) => namePattern.test(name) && isKept(name))
    .sort()
}
