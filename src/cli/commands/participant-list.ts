import type { Command } from '../command.ts'
import { connect, connectionOptions } from '../connection.ts'
import { anything, list, object, text } from '../json-schema.ts'
import { filters, listAll, listOptions } from '../object-list.ts'

export const command: Command = {
  description: 'Everybody who was invited to a service, applied to it or takes part in it.',
  examples: [
    'bsn participant list pledges',
    'bsn participant list pledges --status applied --json',
  ],
  operands: [{ name: 'SERVICE', summary: 'Which service', required: true }],
  options: {
    role: { type: 'string', value: 'NAME', summary: 'Only those with this role' },
    status: { type: 'string', value: 'NAME', summary: 'Only those that are active, invited …' },
    ...listOptions,
    ...connectionOptions,
  },
  output: object({ participants: list(anything), 'next?': text }),
  run: async (args, { out }) => {
    const { client } = await connect(args)
    const query = filters(args, ['role', 'status'])
    const { items, next } = await listAll(args, async (page) => {
      const answer = await client.participants(args.operand(0), { ...query, ...page })
      const { participants, ...rest } = answer
      return { items: participants, ...rest }
    })
    const rows = items.map(({ id, role = '', status = '' }) => [id, role, status])
    const more = next === undefined ? {} : { next }
    const shown = rows.length === 0 ? '' : out.table(['ID', 'ROLE', 'STATUS'], rows)
    out.answer({ participants: items, ...more }, shown)
    if (rows.length === 0) out.note('no participants')
    if (next !== undefined) out.note(`there are more: add --cursor ${next}`)
    return undefined
  },
}
