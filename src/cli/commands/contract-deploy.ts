import type { Arguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { committedDocument, committedSchema } from '../contract-document.ts'
import {
  argumentOptions,
  argumentsOf,
  compiledOf,
  compiledOptions,
  contractsOf,
  saveProof,
  valueOption,
  writeOptions,
  writeOptionsOf,
} from '../contract-options.ts'
import { credentialOptions } from '../credential-connection.ts'
import { fields } from '../output.ts'

export const command: Command = {
  description:
    'The node compiles the sources, and signs with the key that it keeps for the credential, so ' +
    'the service has to be of key-trust. Prints address and transaction once it is final. ' +
    'What may be imported beside the given files is @openzeppelin/contracts.',
  examples: [
    'bsn contract deploy --template points --name shop --arg "Shop points" --arg SHP --arg ' +
      '"$(bsn contract account --credential coin.credential)" --credential coin.credential',
    'bsn contract deploy --source Token.sol --arg 1000 --credential coin.credential --receipt ' +
      'token.proof',
  ],
  options: {
    ...compiledOptions,
    name: { type: 'string', value: 'NAME', summary: 'What it is called in the service' },
    ...argumentOptions,
    ...writeOptions,
    ...credentialOptions,
  },
  output: committedSchema,
  run: async (args, { out, clock, interrupted }) => {
    const contract = { ...(await compiledOf(args)), ...named(args), ...valueOption(args) }
    const given = { ...contract, args: argumentsOf(args) }
    const { contracts } = await contractsOf(args, clock)
    const signal = interrupted()
    const committed = await contracts.deploy(given, await writeOptionsOf(args, signal))
    const { name, address, transaction, request, isRepeat } = committed
    out.answer(committedDocument(committed), fields({ name, address, transaction, request }))
    if (isRepeat) out.note('it was deployed before, by the same request')
    await saveProof(contracts, transaction, { args, out, signal })
    return undefined
  },
}

function named(args: Arguments): { readonly name?: string } {
  const name = args.optional('name')
  return name === undefined ? {} : { name }
}
