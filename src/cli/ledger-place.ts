import { existsSync } from 'node:fs'
import { CodedError } from '@openbsn/sdk'
import { namePattern } from '../ledger/modules/module.ts'
import { environmentHome, groupHome } from '../node/environment.ts'
import type { Arguments } from './arguments.ts'
import type { OptionSpec } from './command.ts'
import { environmentOf, environmentOption, groupOption } from './connection.ts'
import { homeOf } from './profile.ts'

/** Which ledger of the data folder is meant, for commands that read it there. */
export const ledgerPlaceOptions = {
  ...environmentOption,
  ...groupOption,
} as const satisfies Record<string, OptionSpec>

/**
 * The folder that a ledger of the data folder has its things in.
 * @throws GROUP_UNKNOWN, CLI_OPTION_INVALID
 */
export function ledgerPlace(args: Arguments): string {
  const [home, group] = [homeOf(args), args.optional('group')]
  return group === undefined
    ? environmentHome(home, environmentOf(args))
    : requireGroup(home, group)
}

/** The folder of a group that the node keeps. @throws GROUP_UNKNOWN */
export function requireGroup(home: string, group: string): string {
  const own = groupHome(home, group)
  if (namePattern.test(group) && existsSync(own)) return own
  throw new CodedError('GROUP_UNKNOWN', `${home} keeps no group ${group}.`)
}
