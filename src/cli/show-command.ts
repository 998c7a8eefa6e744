import type { Client } from '@openbsn/sdk'
import type { Command } from './command.ts'
import { connect, connectionOptions, rootOptions } from './connection.ts'
import { anything } from './json-schema.ts'
import { fields } from './output.ts'

/** One object of the state, to look at. */
export type Shown = {
  readonly kind: string
  readonly operand: string
  readonly example: string
  readonly description: string
  readonly read: (client: Client, id: string, gateway: string) => Promise<{ readonly id: string }>
}

/** The command that shows one object. */
export function showCommand({ kind, operand, example, description, read }: Shown): Command {
  return {
    description,
    examples: [`bsn ${kind} show ${example}`, `bsn ${kind} show ${example} --json`],
    operands: [{ name: operand, summary: `Which ${kind}`, required: true }],
    options: kind === 'group' ? rootOptions : connectionOptions,
    output: { type: 'object', properties: { id: anything, version: anything }, required: ['id'] },
    run: async (args, { out }) => {
      const { client, gateway } = await connect(args)
      const found = await read(client, args.operand(0), gateway)
      const shown = Object.entries(found).map(([name, value]) => [name, plainText(value)])
      out.answer(found, fields(Object.fromEntries(shown)))
      return undefined
    },
  }
}

function plainText(value: unknown): string {
  if (Array.isArray(value)) {
    const isPlain = value.every((one) => typeof one === 'string')
    return isPlain ? value.join(', ') : value.map((one) => JSON.stringify(one)).join(', ')
  }
  return String(value)
}
