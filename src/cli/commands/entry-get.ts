import { parseStatement, toBase64url } from '@openbsn/sdk'
import type { Command } from '../command.ts'
import { connect, connectionOptions } from '../connection.ts'
import { fail } from '../fail.ts'
import { writeWhole } from '../files.ts'
import { object, text, whole } from '../json-schema.ts'
import { fields } from '../output.ts'
import { isoTime } from '../values.ts'

export const command: Command = {
  description: 'Both files hold raw COSE, as registered and as signed.',
  examples: [
    'bsn entry get 42 --statement entry.cose --receipt receipt.cose',
    'bsn receipt verify --statement entry.cose --receipt receipt.cose --keys keys.pem',
  ],
  operands: [{ name: 'INDEX', summary: 'Place in the log, from 0', required: true }],
  options: {
    statement: { type: 'string', value: 'OUT', summary: 'File for the statement' },
    receipt: { type: 'string', value: 'OUT', summary: 'File for the receipt' },
    ...connectionOptions,
  },
  output: object({
    index: whole,
    height: whole,
    time: text,
    service: text,
    'key?': text,
    contentType: text,
    issuer: text,
    statement: text,
    receipt: text,
  }),
  run: async (args, { out }) => {
    const index = Number(args.operand(0))
    if (!/^\d{1,15}$/.test(args.operand(0))) {
      throw fail('CLI_OPTION_INVALID', `${args.operand(0)}: give a place in the log, from 0.`)
    }
    const { client } = await connect(args)
    const [entry, receipt] = [await client.entry(index), await client.receipt(index)]
    const files = { statement: entry.statement, receipt }
    for (const [option, bytes] of Object.entries(files)) {
      const path = args.optional(option)
      if (path === undefined) continue
      await writeWhole(path, bytes, { force: true })
      out.note(`${option} written to ${path}`)
    }
    const { claims, contentType } = parseStatement(entry.statement)
    const document = {
      index: entry.index,
      height: entry.height,
      time: isoTime(entry.time),
      service: claims.sub,
      ...(claims.key === undefined ? {} : { key: claims.key }),
      contentType,
      issuer: claims.iss,
      statement: toBase64url(entry.statement),
      receipt: toBase64url(receipt),
    }
    const { statement: _, receipt: __, ...shown } = document
    out.answer(document, fields(shown))
    return undefined
  },
}
