import type { Command } from '../command.ts'
import { contractsOf } from '../contract-options.ts'
import { credentialOptions } from '../credential-connection.ts'
import { object, text } from '../json-schema.ts'
import { oneLine } from '../output.ts'
import { wholeNumber } from '../values.ts'

export const command: Command = {
  description:
    'What it printed on the node of the gateway, from the oldest line on, also where it does not ' +
    'start. For a credential of the publisher with the scope log:read. Lines that begin with ' +
    '[openbsn] say when it was started and how it ended. With --json each line is a document ' +
    '(NDJSON).',
  examples: ['bsn contract log assets --credential trade.credential --lines 50'],
  operands: [{ name: 'CONTRACT', summary: 'Its name', required: true }],
  options: {
    lines: { type: 'string', value: 'N', summary: 'Only the last so many, up to 2000; else 200' },
    ...credentialOptions,
  },
  output: object({ line: text }),
  run: async (args, { out, clock }) => {
    const lines = wholeNumber(args, 'lines', { min: 1, max: 2000 })
    const { contracts } = await contractsOf(args, clock)
    const log = await contracts.log(args.operand(0), lines === undefined ? {} : { lines })
    for (const line of log.lines) out.answer({ line }, `${oneLine(line)}\n`)
    if (log.isCut) out.note('there are older lines: --lines has more of them')
    return undefined
  },
}
