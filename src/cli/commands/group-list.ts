import type { Command } from '../command.ts'
import { connect, rootOptions } from '../connection.ts'
import { anything, list, object, text } from '../json-schema.ts'
import { listAll, listOptions } from '../object-list.ts'

export const command: Command = {
  description: 'As the root ledger lists them, with the nodes that say that they keep each.',
  examples: ['bsn group list', 'bsn group list --json'],
  options: { ...listOptions, ...rootOptions },
  output: object({ groups: list(anything), 'next?': text }),
  run: async (args, { out }) => {
    const { client } = await connect(args)
    const { items, next } = await listAll(args, async (page) => {
      const { groups, ...rest } = await client.groups(page)
      return { items: groups, ...rest }
    })
    const rows = items.map(({ id, ledger, status, nodes }) => {
      return [id, status, nodes.map((node) => node.id).join(', '), ledger]
    })
    const more = next === undefined ? {} : { next }
    const table = rows.length === 0 ? '' : out.table(['NAME', 'STATUS', 'NODES', 'LEDGER'], rows)
    out.answer({ groups: items, ...more }, table)
    if (rows.length === 0) out.note('no groups')
    if (next !== undefined) out.note(`there are more: add --cursor ${next}`)
    return undefined
  },
}
