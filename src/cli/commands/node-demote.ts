import { changeValidators } from '../change-validators.ts'
import type { Command } from '../command.ts'
import { connectionOptions } from '../connection.ts'
import { object, text, whole } from '../json-schema.ts'

export const command: Command = {
  description:
    'The node signs no blocks from the second block on, and follows the others. In an alliance ' +
    'of several members this is decided by a vote (`bsn alliance propose demote`).',
  examples: ['bsn node demote berlin'],
  operands: [{ name: 'ID', summary: 'Which node', required: true }],
  options: connectionOptions,
  output: object({ node: text, ledger: text, index: whole, height: whole }),
  run: async (args, cli) => {
    const done = await changeValidators(args, cli, { power: undefined })
    cli.out.answer(done, `${done.node} signs no blocks from height ${done.height + 2} on`)
    return undefined
  },
}
