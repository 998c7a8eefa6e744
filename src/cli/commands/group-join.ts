import { createGatewayFetch } from '@openbsn/sdk'
import { joinGroup } from '../../node/groups/join-group.ts'
import { ledgerOfToken } from '../../node/network/invitations.ts'
import type { Arguments } from '../arguments.ts'
import type { Cli, Command } from '../command.ts'
import { checkedUrl, homeOption } from '../connection.ts'
import { createEntriesProgress } from '../entries-progress.ts'
import { groupNodeOf, groupNodeOptions } from '../group-node.ts'
import { object, text, whole } from '../json-schema.ts'
import { tokenFileOption, tokenIn } from '../token-file.ts'

export const command: Command = {
  description:
    'Makes the data folder of the group in that of this node, which may run: it takes the group ' +
    'in from its next start on. The root ledger says which ledger the group is; the node signs ' +
    'in it with the key that it has there. A node of another member than the one that invited ' +
    'needs the file of its own member, which the group has admitted.',
  examples: [
    'bsn group join airlines https://rome.example.org:8420 --token-file t --listen 10.0.0.8:8431',
    'bsn group join airlines https://rome.example.org:8420 --token-file - --listen ' +
      '10.0.0.8:8431 --as bob.member',
  ],
  operands: [
    { name: 'NAME', summary: 'As `bsn group list` prints it', required: true },
    { name: 'URL', summary: 'Address of the gateway that invited', required: true },
  ],
  options: { ...homeOption, ...tokenFileOption, ...groupNodeOptions },
  output: object({ group: text, ledger: text, operator: text, initialHeight: whole }),
  run,
}

async function run(args: Arguments, cli: Cli): Promise<undefined> {
  const { out, clock } = cli
  const gateway = checkedUrl(args.operand(1)).replace(/\/$/, '')
  const token = await tokenIn(args, cli)
  const options = { ...(await groupNodeOf(args)), gateway, token }
  const doFetch = createGatewayFetch({ ledger: ledgerOfToken(token) })
  const progress = createEntriesProgress('verifying', out)
  const failure = Promise.withResolvers<never>()
  const work = joinGroup(options, {
    ...{ clock, fetch: doFetch },
    onFailure: failure.reject,
    onProgress: progress.show,
  })
  const network = await Promise.race([work, failure.promise]).finally(progress.end)
  const { ledger, initialHeight } = network.start
  out.answer(
    { group: options.name, ledger, operator: network.operator, initialHeight },
    `this node keeps ${options.name}, which is ledger ${ledger}, for ${network.operator}.\n` +
      'next: start the node again',
  )
  return undefined
}
