import { changeValidators } from '../change-validators.ts'
import type { Command } from '../command.ts'
import { connectionOptions } from '../connection.ts'
import { object, text, whole } from '../json-schema.ts'
import { wholeNumber } from '../values.ts'

const powerDefault = 10

export const command: Command = {
  description:
    'The node signs blocks from the second block on; more than two thirds of the power make one ' +
    'final, so that a network of four goes on without one of them. Start the node before, and ' +
    'wait until it is up to date: it is counted at once. In an alliance of several members this ' +
    'is decided by a vote (`bsn alliance propose promote`).',
  examples: ['bsn node promote berlin'],
  operands: [{ name: 'ID', summary: 'Which node', required: true }],
  options: {
    power: { type: 'string', value: 'N', default: String(powerDefault), summary: 'Its power' },
    ...connectionOptions,
  },
  output: object({ node: text, ledger: text, index: whole, height: whole }),
  run: async (args, cli) => {
    const power = wholeNumber(args, 'power', { min: 1, max: 1_000_000 }) ?? powerDefault
    const done = await changeValidators(args, cli, { power })
    cli.out.answer(done, `${done.node} signs blocks from height ${done.height + 2} on`)
    return undefined
  },
}
