import type { Command } from '../command.ts'
import { contractSchema, contractText } from '../contract-document.ts'
import { compiledOf, compiledOptions, contractsOf } from '../contract-options.ts'
import { credentialOptions } from '../credential-connection.ts'

export const command: Command = {
  description:
    'The node compiles the sources and compares what comes of it with the code on the chain. ' +
    'Where they are the same, it shows the sources with the contract from then on.',
  examples: [
    'bsn contract verify token --source Token.sol --credential coin.credential',
    'bsn contract verify shop --template points --credential coin.credential',
  ],
  operands: [{ name: 'CONTRACT', summary: 'Its name or address', required: true }],
  options: { ...compiledOptions, ...credentialOptions },
  output: contractSchema,
  run: async (args, { out, clock }) => {
    const sources = await compiledOf(args)
    const { contracts } = await contractsOf(args, clock)
    const contract = await contracts.verify(args.operand(0), sources)
    out.answer(contract, contractText(contract))
    return undefined
  },
}
