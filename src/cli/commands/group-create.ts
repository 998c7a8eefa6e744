import { createGroup } from '../../node/groups/create-group.ts'
import type { Arguments } from '../arguments.ts'
import type { Cli, Command } from '../command.ts'
import { homeOption } from '../connection.ts'
import { groupNodeOf, groupNodeOptions } from '../group-node.ts'
import { object, text, whole } from '../json-schema.ts'

export const command: Command = {
  description:
    'Makes the ledger of a group in the data folder of this node, which may run, and is the ' +
    'first to keep it. The member that founds it is alone in it at first; it admits others, and ' +
    'whatever they decide holds in the group alone. The next start serves the group and has it ' +
    'listed in the root ledger; where the alliance has several members, they vote on that.',
  examples: [
    'bsn group create airlines --listen 10.0.0.7:8431',
    'bsn group create airlines --listen 0.0.0.0:8431 --external rome.example.org:8431',
  ],
  operands: [{ name: 'NAME', summary: '2 to 63 of a-z, 0-9 and -', required: true }],
  options: { ...homeOption, ...groupNodeOptions },
  output: object({ group: text, ledger: text, initialHeight: whole, listen: text, external: text }),
  run,
}

async function run(args: Arguments, { out, clock }: Cli): Promise<undefined> {
  const options = await groupNodeOf(args)
  const { name } = options
  const failure = Promise.withResolvers<never>()
  const work = createGroup(options, { clock, onFailure: failure.reject })
  const { start, listen, external } = await Promise.race([work, failure.promise])
  const { ledger, initialHeight } = start
  out.answer(
    { group: name, ledger, initialHeight, listen, external },
    `the group ${name} is ledger ${ledger}.\n` +
      `next: start the node again, then bsn node invite --group ${name}`,
  )
  out.note(`with several members: bsn alliance propose group ${name} --group-ledger ${ledger}`)
  return undefined
}
