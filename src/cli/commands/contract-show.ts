import type { Command } from '../command.ts'
import { contractSchema, contractText } from '../contract-document.ts'
import { contractsOf } from '../contract-options.ts'
import { credentialOptions } from '../credential-connection.ts'

export const command: Command = {
  description: 'Its address, where it comes from, its functions and events; --json has its ABI.',
  examples: [
    'bsn contract show shop --credential coin.credential',
    'bsn contract show shop --credential coin.credential --json',
  ],
  operands: [{ name: 'CONTRACT', summary: 'Its name or address', required: true }],
  options: credentialOptions,
  output: contractSchema,
  run: async (args, { out, clock }) => {
    const { contracts } = await contractsOf(args, clock)
    const contract = await contracts.get(args.operand(0))
    out.answer(contract, contractText(contract))
    return undefined
  },
}
