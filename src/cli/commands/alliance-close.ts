import { controlAct } from '@openbsn/sdk'
import type { Command } from '../command.ts'
import { connectionOptions } from '../connection.ts'
import { submitControl } from '../control.ts'
import { object, text, whole } from '../json-schema.ts'
import { connectAsVoter, memberOption } from '../member-file.ts'

export const command: Command = {
  description:
    'Done by any member: a proposal whose time is over is passed or rejected by the votes that ' +
    'came, and one that has passed but cannot run any more has failed.',
  examples: ['bsn alliance close admit-bob'],
  operands: [{ name: 'ID', summary: 'Which proposal', required: true }],
  options: { ...memberOption, ...connectionOptions },
  output: object({ proposal: text, ledger: text, status: text, index: whole, height: whole }),
  run: async (args, { out, clock }) => {
    const id = args.operand(0)
    const { client, ledger, member } = await connectAsVoter(args)
    const act = controlAct('alliance-close', { id })
    const place = await submitControl(act, { client, ledger, member, clock })
    const { status } = await client.proposal(id)
    out.answer({ proposal: id, ledger, status, ...place }, `${id} is ${status}`)
    return undefined
  },
}
