import { CodedError } from '@openbsn/sdk'
import { changeValidators, without } from '../change-validators.ts'
import type { Command } from '../command.ts'
import { connectionOptions } from '../connection.ts'
import { object, text, whole } from '../json-schema.ts'

export const command: Command = {
  description:
    'The node signs no blocks from the second block on, and follows the others. In an alliance ' +
    'of several members this is decided by a vote (`bsn alliance propose`).',
  examples: ['bsn node demote berlin'],
  operands: [{ name: 'ID', summary: 'Which node', required: true }],
  options: connectionOptions,
  output: object({ node: text, ledger: text, index: whole, height: whole, validators: whole }),
  run: async (args, cli) => {
    const done = await changeValidators(args, cli, {
      power: 1,
      change: (present, own) => {
        const left = without(present, own)
        if (left.length > 0 && left.length < present.length) return left
        const why = left.length === 0 ? 'the last validator' : 'no validator'
        throw new CodedError('NODE_NO_VALIDATOR', `${args.operand(0)} is ${why}.`)
      },
    })
    cli.out.answer(done, `${done.node} signs no blocks from height ${done.height + 2} on`)
    return undefined
  },
}
