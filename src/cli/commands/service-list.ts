import type { Command } from '../command.ts'
import { connect, connectionOptions } from '../connection.ts'
import { anything, list, object, text } from '../json-schema.ts'
import { filters, listAll, listOptions } from '../object-list.ts'

export const command: Command = {
  description: 'In the order of their names.',
  examples: [
    'bsn service list',
    'bsn service list --publisher member/acme --status running --json',
  ],
  options: {
    publisher: { type: 'string', value: 'OWNER', summary: 'Only those of member/ID' },
    framework: { type: 'string', value: 'NAME', summary: 'Only those on this framework' },
    status: { type: 'string', value: 'NAME', summary: 'Only those that are running, frozen …' },
    ...listOptions,
    ...connectionOptions,
  },
  output: object({ services: list(anything), 'next?': text }),
  run: async (args, { out }) => {
    const { client } = await connect(args)
    const query = filters(args, ['publisher', 'framework', 'status'])
    const { items, next } = await listAll(args, async (page) => {
      const { services, ...rest } = await client.services({ ...query, ...page })
      return { items: services, ...rest }
    })
    const rows = items.map(({ id, publisher, framework, keyMode, status }) =>
      [id, publisher, framework, keyMode, status].map((one) => one ?? ''),
    )
    const head = ['NAME', 'PUBLISHER', 'FRAMEWORK', 'KEY MODE', 'STATUS']
    const more = next === undefined ? {} : { next }
    out.answer({ services: items, ...more }, rows.length === 0 ? '' : out.table(head, rows))
    if (rows.length === 0) out.note('no services')
    if (next !== undefined) out.note(`there are more: add --cursor ${next}`)
    return undefined
  },
}
