import type { Command } from '../command.ts'
import { committedDocument, committedSchema, valueText } from '../contract-document.ts'
import {
  argumentOptions,
  argumentsOf,
  contractsOf,
  saveProof,
  userOf,
  userOption,
  valueOption,
  writeOptions,
  writeOptionsOf,
} from '../contract-options.ts'
import { credentialOptions } from '../credential-connection.ts'
import { fields } from '../output.ts'

const ann = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'

export const command: Command = {
  description:
    'The node signs with the key that it keeps for the credential, so the service has to be of ' +
    'key-trust. On Fabric a user signs instead in a service of public-key-upload, by --user. ' +
    'Ends when the transaction is final; one that would fail is not sent.',
  examples: [
    `bsn contract send shop transfer --arg ${ann} --arg 12 --credential coin.credential`,
    'bsn contract send deeds add --arg lot-7 --user ann.user --credential deeds.credential',
    'bsn contract send shop redeem --args \'{"amount":"12","note":"tea"}\' --credential ' +
      'coin.credential --receipt tea.proof',
  ],
  operands: [
    { name: 'CONTRACT', summary: 'Its name or address', required: true },
    { name: 'FUNCTION', summary: 'Its name, or its signature', required: true },
  ],
  options: { ...argumentOptions, ...writeOptions, ...userOption, ...credentialOptions },
  output: committedSchema,
  run: async (args, { out, clock, interrupted }) => {
    const [contract, name] = [args.operand(0), args.operand(1)]
    const [given, value] = [argumentsOf(args), valueOption(args)]
    const connected = await contractsOf(args, clock)
    const { contracts } = connected
    const signal = interrupted()
    const written = await writeOptionsOf(args, signal)
    const options = { ...written, ...value, ...(await userOf(args, connected)) }
    const committed = await contracts.send(contract, name, given, options)
    const { transaction, height, result, from, gasUsed, request, isRepeat } = committed
    const events = (committed.events ?? []).map(
      ({ contract: by, event = 'log', args: values = {} }) => {
        return `${by} ${event} ${valueText(values)}`
      },
    )
    const shown = fields({ transaction, height, result, from, gasUsed, request })
    out.answer(committedDocument(committed), [shown, ...events].join('\n'))
    if (isRepeat) out.note('it was sent before, by the same request')
    await saveProof(contracts, transaction, { args, out, signal })
    return undefined
  },
}
