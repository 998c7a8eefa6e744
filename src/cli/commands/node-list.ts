import type { Command } from '../command.ts'
import { connect, connectionOptions } from '../connection.ts'
import { anything, list, object, text } from '../json-schema.ts'
import { filters, listAll, listOptions } from '../object-list.ts'

export const command: Command = {
  description:
    'What operators registered of them, and when the gateway that is asked saw each of them last.',
  examples: ['bsn node list', 'bsn node list --operator acme --status active --json'],
  options: {
    operator: { type: 'string', value: 'ID', summary: 'Only those of this member' },
    country: { type: 'string', value: 'CODE', summary: 'Only those in this country' },
    status: { type: 'string', value: 'NAME', summary: 'Only those that are active, or retired' },
    ...listOptions,
    ...connectionOptions,
  },
  output: object({ nodes: list(anything), 'next?': text }),
  run: async (args, { out, clock }) => {
    const { client } = await connect(args)
    const query = filters(args, ['operator', 'country', 'status'])
    const { items, next } = await listAll(args, async (page) => {
      const { nodes, ...rest } = await client.nodes({ ...query, ...page })
      return { items: nodes, ...rest }
    })
    const rows = items.map(({ id, operator, city, country, gateway, status, ...more }) => {
      const { liveness, equivocation } = more
      const { seen } = liveness ?? {}
      const ago = seen === undefined ? 'never' : `${clock.nowSeconds() - seen} s ago`
      const how = equivocation ? `${status}, signed twice` : status
      return [id, operator, city, country, gateway, how, liveness && ago].map((one) => one ?? '')
    })
    const head = ['ID', 'OPERATOR', 'CITY', 'COUNTRY', 'GATEWAY', 'STATUS', 'SEEN']
    const more = next === undefined ? {} : { next }
    out.answer({ nodes: items, ...more }, rows.length === 0 ? '' : out.table(head, rows))
    if (rows.length === 0) out.note('no nodes')
    if (next !== undefined) out.note(`there are more: add --cursor ${next}`)
    return undefined
  },
}
