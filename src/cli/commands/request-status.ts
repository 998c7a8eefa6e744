import type { Command } from '../command.ts'
import { callResult } from '../contract-document.ts'
import { connectByCredential, credentialOptions } from '../credential-connection.ts'
import { exitCode } from '../failure.ts'
import { flag, object, text, whole } from '../json-schema.ts'
import { fields } from '../output.ts'
import { isoTime, wholeNumber } from '../values.ts'

export const command: Command = {
  description:
    'Of a write that was sent with an Idempotency-Key, through whichever gateway. Ends with 0 ' +
    'where it is committed, with 4 where nothing of it was sent, with 8 while it is not known, ' +
    'and with 1 where it was rejected. A batch has a state for ' +
    'each row: without --row, the first that is known of is told.',
  examples: [
    'bsn request status invoice-1042 --credential shop.credential',
    'bsn request status batch-7 --row 3 --credential shop.credential',
  ],
  operands: [{ name: 'KEY', summary: 'The Idempotency-Key', required: true }],
  options: {
    row: { type: 'string', value: 'N', summary: 'Of a batch: which row, from 0' },
    ...credentialOptions,
  },
  output: object({
    request: text,
    'isBatch?': flag,
    'row?': whole,
    state: { enum: ['committed', 'pending', 'not_sent', 'rejected'] },
    'index?': whole,
    'transaction?': text,
    'height?': whole,
    'time?': text,
    'receipt?': text,
    'statement?': text,
    ...callResult,
    'code?': text,
    'detail?': text,
  }),
  run: async (args, { out, clock }) => {
    const row = wholeNumber(args, 'row', { min: 0, max: 9_999 })
    const { client, service } = await connectByCredential(args, clock)
    const status = await client.records(service).status(args.operand(0), row)
    if (status.isBatch && row === undefined) {
      out.note(`a batch: this is its row ${status.row}; --row N asks for another`)
    }
    if (status.state !== 'committed') {
      out.answer(status, fields(status))
      return exits[status.state]
    }
    const document = { ...status, time: isoTime(status.time) }
    const { receipt: _, statement: __, ...shown } = document
    const events = 'events' in shown ? { events: JSON.stringify(shown.events) } : {}
    out.answer(document, fields({ ...shown, ...events }))
    return undefined
  },
}

const exits = {
  pending: exitCode.unknownOutcome,
  not_sent: exitCode.notFound,
  rejected: exitCode.general,
} as const
