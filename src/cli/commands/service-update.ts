import { controlAct } from '@openbsn/sdk'
import type { Command } from '../command.ts'
import { connectionOptions } from '../connection.ts'
import { connectAsMember, presentObject, submitControl } from '../control.ts'
import { fail } from '../fail.ts'
import { changeSchema, expectOption } from '../move-command.ts'
import { serviceFields, serviceOptions } from '../service-options.ts'
import { wholeNumber } from '../values.ts'

export const command: Command = {
  description: 'What is not named stays as it is; a list that is named replaces the whole list.',
  examples: [
    'bsn service update pledges --readers anyone',
    'bsn service update pledges --node oslo',
  ],
  operands: [{ name: 'NAME', summary: 'Which service', required: true }],
  options: {
    ...serviceOptions,
    ...expectOption,
    'dry-run': { type: 'boolean', summary: 'Check everything, send nothing' },
    ...connectionOptions,
  },
  output: changeSchema('service'),
  run: async (args, { out, clock }) => {
    const id = args.operand(0)
    const fields = serviceFields(args)
    if (Object.keys(fields).length === 0) {
      throw fail('CLI_OPTION_MISSING', 'Name at least one thing to change.')
    }
    const wanted = wholeNumber(args, 'expect', { min: 1, max: Number.MAX_SAFE_INTEGER })
    const { client, ledger, member } = await connectAsMember(args)
    const present = await presentObject(client, `service/${id}`)
    const expect = wanted ?? Number(present.get('version'))
    if (args.has('dry-run')) {
      const answer = { service: id, version: expect, ledger, dryRun: true }
      out.answer(answer, `would update service ${id}: ${Object.keys(fields).join(', ')}`)
      return undefined
    }
    const act = controlAct('service-update', { id, expect, ...fields })
    const place = await submitControl(act, { client, ledger, member, clock })
    const answer = { service: id, version: expect + 1, ledger, ...place }
    out.answer(answer, `service ${id} updated (entry ${place.index})`)
    return undefined
  },
}
