import { initNetwork } from '../../node/network/init-network.ts'
import type { Arguments } from '../arguments.ts'
import type { Cli, Command } from '../command.ts'
import { homeOption } from '../connection.ts'
import { object, text, whole } from '../json-schema.ts'
import { networkAddresses, networkOptions } from '../network-options.ts'
import { homeOf } from '../profile.ts'

export const command: Command = {
  description:
    'The ledger keeps its id, its indexes and its receipts: its entries are those of the network ' +
    'from now on, and go to every node that joins. Stop the node before; start it afterwards as ' +
    'ever, with CometBFT installed (`bsn engine install cometbft`). There is no way back.',
  examples: [
    'bsn node init',
    'bsn node init --home /srv/openbsn --listen 0.0.0.0:8430 --external bsn.example.org:8430',
  ],
  options: {
    ...homeOption,
    ...networkOptions,
    node: {
      type: 'string',
      value: 'NAME',
      default: 'node-1',
      summary: 'Name of this city node in the alliance',
    },
  },
  output: object({ home: text, ledger: text, initialHeight: whole, listen: text, external: text }),
  run,
}

async function run(args: Arguments, { out, clock }: Cli): Promise<undefined> {
  const home = homeOf(args)
  const node = args.optional('node') ?? 'node-1'
  const failure = Promise.withResolvers<never>()
  const work = initNetwork(
    { home, node, ...networkAddresses(args) },
    { clock, onFailure: failure.reject },
  )
  const { start, listen, external } = await Promise.race([work, failure.promise])
  const { ledger, initialHeight } = start
  out.answer(
    { home, ledger, initialHeight, listen, external },
    `ledger ${ledger} is a network of one node from height ${initialHeight} on.\n` +
      'next: bsn node start, then bsn node invite',
  )
  return undefined
}
