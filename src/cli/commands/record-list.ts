import type { ListQuery } from '@openbsn/sdk'
import type { Arguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { connectionOptions } from '../connection.ts'
import { requireService } from '../control.ts'
import { readerOption, recordSource } from '../record-source.ts'
import { listRecords, recordDocument, recordHead, recordRow, recordsSchema } from '../records.ts'
import { oneOf, timeSeconds, wholeNumber } from '../values.ts'

export const command: Command = {
  description: 'The answer comes from a list that the gateway keeps; it is not proven.',
  examples: [
    'bsn record list --service flights --limit 5',
    'bsn record list --service flights --from 2026-11-01 --to 2026-12-01 --order newest',
    'bsn record list --service flights --key AA-100 --json',
  ],
  options: {
    service: { type: 'string', value: 'NAME', required: true, summary: 'Service to read' },
    key: { type: 'string', value: 'KEY', summary: 'Only records under this key' },
    from: { type: 'string', value: 'TIME', summary: 'From this block time on' },
    to: { type: 'string', value: 'TIME', summary: 'Before this block time' },
    order: { type: 'string', value: 'ORDER', default: 'oldest', summary: 'oldest or newest first' },
    limit: { type: 'string', value: 'N', default: '20', summary: 'How many' },
    cursor: { type: 'string', value: 'CURSOR', summary: 'Go on where another list ended' },
    ...readerOption,
    ...connectionOptions,
  },
  output: recordsSchema,
  run: async (args, { out, clock }) => {
    const query = queryOf(args)
    const client = await recordSource(args, clock)
    const { records, next } = await listRecords(client, query)
    if (records.length === 0) await requireService(client, args.value('service'))
    const more = next === undefined ? {} : { next }
    const document = { records: records.map(recordDocument), ...more, proven: false }
    out.answer(document, records.length === 0 ? '' : out.table(recordHead, records.map(recordRow)))
    if (records.length === 0) out.note('no records')
    if (next !== undefined) out.note(`there are more: add --cursor ${next}`)
    return undefined
  },
}

function queryOf(args: Arguments): ListQuery & { limit: number } {
  const given = {
    service: args.value('service'),
    key: args.optional('key'),
    from: timeSeconds(args, 'from'),
    to: timeSeconds(args, 'to'),
    order: oneOf(args, 'order', ['oldest', 'newest']),
    cursor: args.optional('cursor'),
  }
  const present = Object.entries(given).filter(([, value]) => value !== undefined)
  const limit = wholeNumber(args, 'limit', { min: 1, max: 1_000_000 }) ?? 20
  return { ...Object.fromEntries(present), limit }
}
