import type { Command } from '../command.ts'
import { connect, connectionOptions } from '../connection.ts'
import { anything, list, object, text } from '../json-schema.ts'
import { filters, listAll, listOptions } from '../object-list.ts'
import { isoTime } from '../values.ts'

export const command: Command = {
  description: 'In the order of their ids.',
  examples: ['bsn alliance list --status open', 'bsn alliance list --proposer bob --json'],
  options: {
    status: { type: 'string', value: 'NAME', summary: 'Only those that are open, passed …' },
    proposer: { type: 'string', value: 'ID', summary: 'Only those of this member' },
    ...listOptions,
    ...connectionOptions,
  },
  output: object({ proposals: list(anything), 'next?': text }),
  run: async (args, { out }) => {
    const { client } = await connect(args)
    const query = filters(args, ['status', 'proposer'])
    const { items, next } = await listAll(args, async (page) => {
      const { proposals, ...rest } = await client.proposals({ ...query, ...page })
      return { items: proposals, ...rest }
    })
    const rows = items.map(({ id, title, proposer, status, votes, deadline }) => [
      ...[id, status, proposer, String(votes.length), isoTime(deadline), title],
    ])
    const head = ['ID', 'STATUS', 'PROPOSER', 'VOTES', 'DEADLINE', 'TITLE']
    const more = next === undefined ? {} : { next }
    out.answer({ proposals: items, ...more }, rows.length === 0 ? '' : out.table(head, rows))
    if (rows.length === 0) out.note('no proposals')
    if (next !== undefined) out.note(`there are more: add --cursor ${next}`)
    return undefined
  },
}
