import type { Command } from '../command.ts'
import { contractSchema, contractText } from '../contract-document.ts'
import { contractsOf, sourceOptions, sourcesOf } from '../contract-options.ts'
import { credentialOptions } from '../credential-connection.ts'
import { fail } from '../fail.ts'

export const command: Command = {
  description:
    'The node compiles the sources and compares what comes of it with the code on the chain. ' +
    'Where they are the same, it shows the sources with the contract from then on.',
  examples: ['bsn contract verify token --source Token.sol --credential coin.credential'],
  operands: [{ name: 'CONTRACT', summary: 'Its name or address', required: true }],
  options: { ...sourceOptions, ...credentialOptions },
  output: contractSchema,
  run: async (args, { out, clock }) => {
    if (!args.has('source')) throw fail('CLI_OPTION_MISSING', '--source FILE is needed.')
    const sources = await sourcesOf(args)
    const { contracts } = await contractsOf(args, clock)
    const contract = await contracts.verify(args.operand(0), sources)
    out.answer(contract, contractText(contract))
    return undefined
  },
}
