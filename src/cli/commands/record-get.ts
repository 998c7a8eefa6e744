import { CodedError, fromBase64url } from '@openbsn/sdk'
import type { Command } from '../command.ts'
import { connectionOptions } from '../connection.ts'
import { readerOption, recordSource } from '../record-source.ts'
import {
  listRecords,
  payloadText,
  recordDocument,
  recordHead,
  recordRow,
  recordSchema,
  recordsSchema,
} from '../records.ts'
import { isoTime, wholeNumber } from '../values.ts'

export const command: Command = {
  description:
    'The answer comes from a list that the gateway keeps and is not proven; `bsn entry get` and ' +
    '`bsn receipt verify` prove the entry.',
  examples: [
    'bsn record get --service flights AA-100',
    'bsn record get --service flights AA-100 --history --json',
  ],
  operands: [{ name: 'KEY', summary: 'Value of the field that --key named', required: true }],
  options: {
    service: { type: 'string', value: 'NAME', required: true, summary: 'Service to read' },
    history: { type: 'boolean', summary: 'All records under the key, the newest first' },
    limit: { type: 'string', value: 'N', default: '100', summary: 'Records of the history' },
    ...readerOption,
    ...connectionOptions,
  },
  output: { oneOf: [recordSchema, recordsSchema] },
  run: async (args, { out, clock }) => {
    const [service, key] = [args.value('service'), args.operand(0)]
    const hasHistory = args.has('history')
    const limit = hasHistory ? (wholeNumber(args, 'limit', { min: 1, max: 100_000 }) ?? 100) : 1
    const client = await recordSource(args, clock)
    const { records, next } = await listRecords(client, { service, key, order: 'newest', limit })
    const [latest] = records
    if (!latest) throw notFound(service, key)
    if (hasHistory) {
      const more = next === undefined ? {} : { next }
      const document = { records: records.map(recordDocument), ...more, proven: false }
      out.answer(document, out.table(recordHead, records.map(recordRow)))
      return undefined
    }
    if (out.json) out.answer(recordDocument(latest), '')
    else printPayload()
    out.note(`entry ${latest.index}, ${isoTime(latest.time)}, by ${latest.issuer}; not proven here`)
    return undefined

    function printPayload(): void {
      const shown = latest && payloadText(latest)
      if (shown !== undefined) out.answer({}, shown)
      else out.bytes(fromBase64url(latest?.payload ?? '') ?? new Uint8Array(0))
    }
  },
}

const notFound = (service: string, key: string) =>
  new CodedError('RECORD_NOT_FOUND', `${service} has no record under ${key}.`)
