import type { Command } from '../command.ts'
import { connect, connectionOptions } from '../connection.ts'
import { anything, list, object, text } from '../json-schema.ts'
import { filters, listAll, listOptions } from '../object-list.ts'

export const command: Command = {
  description:
    'Which credentials a service has, to find the one to show, freeze or revoke. A gateway lists ' +
    'them on its own machine.',
  examples: ['bsn credential list flights', 'bsn credential list flights --status active --json'],
  operands: [{ name: 'SERVICE', summary: 'Which service', required: true }],
  options: {
    status: { type: 'string', value: 'NAME', summary: 'Only those that are active, frozen …' },
    participant: { type: 'string', value: 'ID', summary: 'Only those of this participant' },
    ...listOptions,
    ...connectionOptions,
  },
  output: object({ credentials: list(anything), 'next?': text }),
  run: async (args, { out }) => {
    const { client } = await connect(args)
    const query = filters(args, ['status', 'participant'])
    const { items, next } = await listAll(args, async (page) => {
      const { credentials, ...rest } = await client.credentials(args.operand(0), {
        ...query,
        ...page,
      })
      return { items: credentials, ...rest }
    })
    const rows = items.map(({ id, status = '', participant = '', label = '' }) => {
      return [id, status, participant, label]
    })
    const head = ['ID', 'STATUS', 'PARTICIPANT', 'LABEL']
    const more = next === undefined ? {} : { next }
    out.answer({ credentials: items, ...more }, rows.length === 0 ? '' : out.table(head, rows))
    if (rows.length === 0) out.note('no credentials')
    if (next !== undefined) out.note(`there are more: add --cursor ${next}`)
    return undefined
  },
}
