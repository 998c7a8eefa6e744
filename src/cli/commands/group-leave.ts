import { leftMark } from '../../node/environment.ts'
import { readRoot } from '../../node/groups/root-replica.ts'
import type { Command } from '../command.ts'
import { writeWhole } from '../files.ts'
import { object, text, whole } from '../json-schema.ts'
import { leaveNetwork, leaveOptions } from '../leave-network.ts'
import { requireGroup } from '../ledger-place.ts'
import { homeOf } from '../profile.ts'

export const command: Command = {
  description:
    'Takes this city node out of a group for ever, signed with its own key, through its gateway, ' +
    'which must run; the others of the group connect to it no more. From its next start on it ' +
    'does not serve the group. A validator of the group is demoted before.',
  examples: ['bsn group leave airlines', 'bsn group leave airlines --home /srv/openbsn'],
  operands: [{ name: 'NAME', summary: 'A group that this node keeps', required: true }],
  options: leaveOptions,
  output: object({ group: text, node: text, ledger: text, index: whole, height: whole }),
  run: async (args, cli) => {
    const [home, group] = [homeOf(args), args.operand(0)]
    const own = requireGroup(home, group)
    const node = await readRoot(home, (root) => root.own.id)
    const left = await leaveNetwork(args, cli, { own, node })
    await writeWhole(leftMark(own), `${new Date(cli.clock.nowSeconds() * 1000).toISOString()}\n`, {
      force: true,
    })
    const text = `${node} has left ${group}; start it again, then ${own} can go`
    cli.out.answer({ group, node, ...left }, text)
    return undefined
  },
}
