import type { Command } from '../command.ts'
import { valueText } from '../contract-document.ts'
import {
  argumentOptions,
  argumentsOf,
  contractsOf,
  userOf,
  userOption,
  valueOption,
} from '../contract-options.ts'
import { credentialOptions } from '../credential-connection.ts'
import { anything, object } from '../json-schema.ts'

export const command: Command = {
  description:
    'Nothing changes, and nothing is signed, but for a question that a user asks on Fabric. ' +
    'Integers are printed as decimal text.',
  examples: [
    'bsn contract call shop balanceOf --arg 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 ' +
      '--credential coin.credential',
    'bsn contract call shop name --credential coin.credential --json',
  ],
  operands: [
    { name: 'CONTRACT', summary: 'Its name or address', required: true },
    { name: 'FUNCTION', summary: 'Its name, or its signature', required: true },
  ],
  options: {
    ...argumentOptions,
    value: { type: 'string', value: 'WEI', summary: 'As if so much were sent along' },
    ...userOption,
    ...credentialOptions,
  },
  output: object({ result: anything }),
  run: async (args, { out, clock }) => {
    const [given, value] = [argumentsOf(args), valueOption(args)]
    const connected = await contractsOf(args, clock)
    const options = { ...value, ...(await userOf(args, connected)) }
    const { contracts } = connected
    const result = await contracts.call(args.operand(0), args.operand(1), given, options)
    out.answer({ result }, valueText(result))
    // A function without a result is there for what it changes.
    if (result === null) out.note('nothing was changed: bsn contract send does that')
    return undefined
  },
}
