import type { CallsRow, UsageQuery } from '@openbsn/sdk'
import type { Arguments } from '../arguments.ts'
import type { Cli, Command } from '../command.ts'
import { connect, connectionOptions } from '../connection.ts'
import { requireService } from '../control.ts'
import { connectByCredential } from '../credential-connection.ts'
import { fail } from '../fail.ts'
import { flag, list, object, text, whole } from '../json-schema.ts'
import { filters, listAll, listOptions } from '../object-list.ts'
import { grouped } from '../put/progress.ts'

export const command: Command = {
  description:
    'Records by service, credential and day of block time, as the gateway counts them. With ' +
    '--credential that one alone; without, everything, on the machine of the gateway. Of EVM ' +
    'services the JSON-RPC calls through this gateway.',
  examples: [
    'bsn usage --service flights --from 2026-11-01',
    'bsn usage --credential shop.credential --json',
  ],
  options: {
    credential: {
      type: 'string',
      value: 'FILE',
      env: 'BSN_CREDENTIAL',
      summary: 'Credential file: what it wrote itself',
    },
    service: { type: 'string', value: 'NAME', summary: 'Only this service' },
    from: { type: 'string', value: 'DAY', summary: 'First day, such as 2026-11-25' },
    to: { type: 'string', value: 'DAY', summary: 'Day after the last one' },
    ...listOptions,
    ...connectionOptions,
  },
  output: object({
    usage: list(
      object({ service: text, credential: text, day: text, entries: whole, bytes: whole }),
    ),
    'calls?': list(
      object({ service: text, credential: text, calls: whole, cost: whole, transactions: whole }),
    ),
    'next?': text,
    entries: whole,
    bytes: whole,
    proven: flag,
  }),
  run: async (args, cli) => {
    const query = queryOf(args)
    const client = await clientOf(args, cli)
    let called: readonly CallsRow[] = []
    const { items, next } = await listAll(args, async (page) => {
      const { usage, calls, ...rest } = await client.usage({ ...query, ...page })
      called = calls ?? called
      return { items: usage, ...rest }
    })
    const service = args.optional('service')
    if (items.length === 0 && service !== undefined) await requireService(client, service)
    const { out } = cli
    const sum = (name: 'entries' | 'bytes') => items.reduce((total, one) => total + one[name], 0)
    const totals = { entries: sum('entries'), bytes: sum('bytes') }
    const rows = items.map(({ day, service, credential, entries, bytes }) =>
      [day, service, credential, entries, bytes].map(String),
    )
    const head = ['DAY', 'SERVICE', 'CREDENTIAL', 'RECORDS', 'BYTES']
    const more = next === undefined ? {} : { next }
    const calls = called.length === 0 ? {} : { calls: called }
    const document = { usage: items, ...calls, ...more, ...totals, proven: false }
    out.answer(document, rows.length === 0 ? '' : out.table(head, rows))
    for (const { service, credential, calls, transactions } of called) {
      const what = `${grouped(calls)} calls, ${grouped(transactions)} transactions`
      out.note(`${service}: ${what} by JSON-RPC and REST here (${credential})`)
    }
    out.note(`${grouped(totals.entries)} records, ${grouped(totals.bytes)} bytes`)
    if (next !== undefined) out.note(`there are more: add --cursor ${next}`)
    return undefined
  },
}

async function clientOf(args: Arguments, { clock }: Cli) {
  if (args.optional('credential') === undefined) return (await connect(args)).client
  return (await connectByCredential(args, clock)).client
}

/** @throws CLI_OPTION_INVALID */
function queryOf(args: Arguments): UsageQuery {
  for (const option of ['from', 'to']) {
    const day = args.optional(option)
    if (day === undefined || /^\d{4}-\d\d-\d\d$/.test(day)) continue
    throw fail('CLI_OPTION_INVALID', `--${option} ${day}: give a day, such as 2026-11-25.`)
  }
  return filters(args, ['service', 'from', 'to'])
}
