import type { Command } from '../command.ts'
import { contractsOf } from '../contract-options.ts'
import { credentialOptions } from '../credential-connection.ts'
import { anything, object, text } from '../json-schema.ts'

export const command: Command = {
  description:
    'In services of key-trust the node keeps a key for each credential, and signs transactions ' +
    'with it: this is the account of that key.',
  examples: ['bsn contract account --credential coin.credential'],
  options: credentialOptions,
  output: object({ address: text, balance: text, nonce: anything }),
  run: async (args, { out, clock }) => {
    const { contracts } = await contractsOf(args, clock)
    const { address, balance, nonce } = await contracts.account()
    out.answer({ address, balance, nonce }, address)
    return undefined
  },
}
