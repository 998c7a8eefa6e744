import type { Command } from '../command.ts'
import { object, text, whole } from '../json-schema.ts'
import { leaveNetwork, leaveOptions } from '../leave-network.ts'
import { homeOf } from '../profile.ts'

export const command: Command = {
  description:
    'Takes this city node off the map for ever, signed with its own key, through its gateway, ' +
    'which must run. Then stop it: nobody connects to it any more. A validator is demoted before.',
  examples: ['bsn node leave berlin', 'bsn node leave berlin --home /srv/openbsn'],
  operands: [{ name: 'ID', summary: 'Name of this node in the alliance', required: true }],
  options: leaveOptions,
  output: object({ node: text, ledger: text, index: whole, height: whole }),
  run: async (args, cli) => {
    const node = args.operand(0)
    const left = await leaveNetwork(args, cli, { own: homeOf(args), node })
    cli.out.answer(
      { node, ...left },
      `${node} has left; stop it now. Its data folder is its operator's.`,
    )
    return undefined
  },
}
