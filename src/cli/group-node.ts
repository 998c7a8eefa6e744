import type { Arguments } from './arguments.ts'
import type { OptionSpec } from './command.ts'
import { kekOption } from './connection.ts'
import { readMemberFile } from './member-file.ts'
import { networkAddresses, networkOptions } from './network-options.ts'
import { homeOf } from './profile.ts'

/** Options of the commands by which a node begins to keep a group. */
export const groupNodeOptions = {
  listen: {
    type: 'string',
    value: 'HOST:PORT',
    required: true,
    summary: 'Address for the other nodes of the group; each ledger of a node has its own port',
  },
  external: networkOptions.external,
  as: {
    type: 'string',
    value: 'FILE',
    summary: "Key file of the node's member; the profile's, or the inviting one, where not said",
  },
  ...kekOption,
} as const satisfies Record<string, OptionSpec>

/** @throws CLI_OPTION_*, MEMBER_FILE_INVALID, FILE_* */
export async function groupNodeOf(args: Arguments) {
  const [file, kek] = [args.optional('as'), args.optional('kek')]
  const as = file === undefined ? undefined : await readMemberFile(file)
  return {
    ...{ home: homeOf(args), name: args.operand(0), ...networkAddresses(args) },
    ...(as === undefined ? {} : { member: { id: as.id, signer: as.signer } }),
    ...(kek === undefined ? {} : { kek }),
  }
}
