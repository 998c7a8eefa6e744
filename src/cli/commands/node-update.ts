import { controlAct } from '@openbsn/sdk'
import type { Command } from '../command.ts'
import { connectionOptions } from '../connection.ts'
import { connectAsMember, presentObject, submitControl } from '../control.ts'
import { fail } from '../fail.ts'
import { changeSchema, expectOption } from '../move-command.ts'
import { nodeFields, nodeOptions } from '../node-options.ts'
import { wholeNumber } from '../values.ts'

export const command: Command = {
  description: 'What is not named stays as it is.',
  examples: ['bsn node update beijing --address https://new.beijing.example'],
  operands: [{ name: 'ID', summary: 'Which node', required: true }],
  options: {
    ...nodeOptions,
    ...expectOption,
    'dry-run': { type: 'boolean', summary: 'Check everything, send nothing' },
    ...connectionOptions,
  },
  output: changeSchema('node'),
  run: async (args, { out, clock }) => {
    const id = args.operand(0)
    const fields = nodeFields(args)
    if (Object.keys(fields).length === 0) {
      throw fail('CLI_OPTION_MISSING', 'Name at least one thing to change.')
    }
    const wanted = wholeNumber(args, 'expect', { min: 1, max: Number.MAX_SAFE_INTEGER })
    const { client, ledger, member } = await connectAsMember(args)
    const present = await presentObject(client, `node/${id}`)
    const expect = wanted ?? Number(present.get('version'))
    if (args.has('dry-run')) {
      const answer = { node: id, version: expect, ledger, dryRun: true }
      out.answer(answer, `would update node ${id}: ${Object.keys(fields).join(', ')}`)
      return undefined
    }
    const act = controlAct('node-update', { id, expect, ...fields })
    const place = await submitControl(act, { client, ledger, member, clock })
    const answer = { node: id, version: expect + 1, ledger, ...place }
    out.answer(answer, `node ${id} updated (entry ${place.index})`)
    return undefined
  },
}
