import type { Command } from '../command.ts'
import { connect, connectionOptions } from '../connection.ts'
import { anything, list, object, text } from '../json-schema.ts'
import { listAll, listOptions } from '../object-list.ts'

export const command: Command = {
  description: 'Who votes, and with what power; also who was removed.',
  examples: ['bsn alliance members', 'bsn alliance members --json'],
  options: { ...listOptions, ...connectionOptions },
  output: object({ members: list(anything), 'next?': text }),
  run: async (args, { out }) => {
    const { client } = await connect(args)
    const { items, next } = await listAll(args, async (page) => {
      const { members, ...rest } = await client.members(page)
      return { items: members, ...rest }
    })
    const rows = items.map(({ id, name, power, status }) => [id, name, String(power), status])
    const more = next === undefined ? {} : { next }
    out.answer({ members: items, ...more }, out.table(['ID', 'NAME', 'POWER', 'STATUS'], rows))
    if (next !== undefined) out.note(`there are more: add --cursor ${next}`)
    return undefined
  },
}
