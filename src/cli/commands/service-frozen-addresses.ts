import type { Command } from '../command.ts'
import { connect, connectionOptions } from '../connection.ts'
import { anything, list, object, text } from '../json-schema.ts'
import { listAll, listOptions } from '../object-list.ts'

export const command: Command = {
  description: 'Accounts and contracts of an evm service that are frozen, and by whom.',
  examples: ['bsn service frozen-addresses coin', 'bsn service frozen-addresses coin --json'],
  operands: [{ name: 'SERVICE', summary: 'Which service', required: true }],
  options: { ...listOptions, ...connectionOptions },
  output: object({ accounts: list(anything), 'next?': text }),
  run: async (args, { out }) => {
    const { client } = await connect(args)
    const { items, next } = await listAll(args, async (page) => {
      const { accounts, ...rest } = await client.frozenAccounts(args.operand(0), page)
      return { items: accounts, ...rest }
    })
    const rows = items.flatMap(({ address, freezes }) =>
      freezes.map(({ by, entry, reason = '' }) => [address, by, String(entry), reason]),
    )
    const more = next === undefined ? {} : { next }
    const shown = rows.length === 0 ? '' : out.table(['ADDRESS', 'BY', 'ENTRY', 'REASON'], rows)
    out.answer({ accounts: items, ...more }, shown)
    if (rows.length === 0) out.note('no frozen addresses')
    if (next !== undefined) out.note(`there are more: add --cursor ${next}`)
    return undefined
  },
}
