import { createGatewayFetch } from '@openbsn/sdk'
import { unsaidFacts } from '../../node/join-alliance.ts'
import { ledgerOfToken } from '../../node/network/invitations.ts'
import { joinNetwork } from '../../node/network/join-network.ts'
import type { Arguments } from '../arguments.ts'
import type { Cli, Command } from '../command.ts'
import { checkedUrl, homeOption, kekOption } from '../connection.ts'
import { createEntriesProgress } from '../entries-progress.ts'
import { object, text, whole } from '../json-schema.ts'
import { readMemberFile } from '../member-file.ts'
import { networkAddresses, networkOptions } from '../network-options.ts'
import { placeOf, placeOptions } from '../place-options.ts'
import { homeOf } from '../profile.ts'
import { tokenFileOption, tokenIn } from '../token-file.ts'
import { oneOf } from '../values.ts'
import { programVersion } from '../version.ts'

export const command: Command = {
  description:
    'Makes the data folder of a node: its keys, which never leave it, and the ledger, verified ' +
    'from the id that the token names, so that no gateway can give another one. What came since ' +
    'is taken in when the node is started.',
  examples: [
    'bsn node join https://bsn.example.org:8420 --token-file token.txt --node berlin',
    'bsn node join https://bsn.example.org:8420 --token-file - --node berlin < token.txt',
    'bsn node join https://bsn.example.org:8420 --token-file t --node oslo --as bob.member',
  ],
  operands: [{ name: 'URL', summary: 'Address of the gateway that invited', required: true }],
  options: {
    ...homeOption,
    ...networkOptions,
    ...tokenFileOption,
    ...placeOptions,
    node: { type: 'string', value: 'NAME', required: true, summary: 'Name of the new city node' },
    as: {
      type: 'string',
      value: 'FILE',
      summary: 'File of the member that the node shall belong to; the inviting one where not said',
    },
    address: {
      type: 'string',
      value: 'URL',
      summary: 'Where its gateway will be; it says so itself when it starts',
    },
    by: {
      type: 'string',
      value: 'WAY',
      summary:
        'snapshot: what the validators signed; replay: execute everything here; the faster one ' +
        'where not said',
    },
    ...kekOption,
  },
  output: object({ home: text, ledger: text, operator: text, initialHeight: whole }),
  run,
}

async function run(args: Arguments, cli: Cli): Promise<undefined> {
  const { out, clock } = cli
  const [home, node, kek] = [homeOf(args), args.value('node'), args.optional('kek')]
  const software = `openbsn ${programVersion()}`
  const facts = { ...unsaidFacts, ...placeOf(args), software }
  const gateway = checkedUrl(args.operand(0)).replace(/\/$/, '')
  const token = await tokenIn(args, cli)
  // The token says which ledger it is, and that proves which certificates are good.
  const doFetch = createGatewayFetch({ ledger: ledgerOfToken(token) })
  const progress = createEntriesProgress('verifying', out)
  const failure = Promise.withResolvers<never>()
  const own = args.optional('as')
  const { id, signer } = (own === undefined ? undefined : await readMemberFile(own)) ?? {}
  const member = id === undefined || signer === undefined ? {} : { member: { id, signer } }
  const more = { ...member, ...(kek === undefined ? {} : { kek }) }
  const reached = networkAddresses(args)
  const host = (reached.external ?? reached.listen).replace(/:\d+$/, '')
  const by = oneOf(args, 'by', ['snapshot', 'replay'])
  const way = by === undefined ? {} : { by }
  const address = checkedUrl(args.optional('address') ?? `https://${host}:8420`)
  const work = joinNetwork(
    { home, gateway, token, facts, address, ...reached, ...more, ...way },
    { clock, fetch: doFetch, onFailure: failure.reject, onProgress: progress.show },
  )
  const network = await Promise.race([work, failure.promise]).finally(progress.end)
  const { ledger, initialHeight } = network.start
  out.answer(
    { home, ledger, operator: network.operator, initialHeight },
    `${home} is a node of ${ledger}, run by ${network.operator}.\n` +
      `next: bsn node start --home ${home} --node ${node}`,
  )
  return undefined
}
