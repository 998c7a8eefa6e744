import { CodedError } from '@openbsn/sdk'
import { openGatewayDatabase } from '../../gateway/gateway-database.ts'
import { homePaths } from '../../node/create-home.ts'
import { createInvitation } from '../../node/network/invitations.ts'
import { isNetwork, readNetwork } from '../../node/network/network-file.ts'
import type { Arguments } from '../arguments.ts'
import type { Cli, Command } from '../command.ts'
import { groupOption, homeOption } from '../connection.ts'
import { requireWritable, writeWhole } from '../files.ts'
import { object, text, whole } from '../json-schema.ts'
import { requireGroup } from '../ledger-place.ts'
import { homeOf } from '../profile.ts'
import { wholeNumber } from '../values.ts'

const hoursDefault = 24

export const command: Command = {
  description:
    'The token lets one node in, as a node of this member, until it expires. It is shown once ' +
    'and kept nowhere: send it to whoever runs the new node by a way that others cannot read.',
  examples: ['bsn node invite', 'bsn node invite --group airlines --hours 2 --out token.txt'],
  options: {
    ...homeOption,
    ...groupOption,
    hours: {
      type: 'string',
      value: 'N',
      default: String(hoursDefault),
      summary: 'How long it is good',
    },
    out: { type: 'string', value: 'FILE', summary: 'Write the token there, not to the terminal' },
  },
  output: object({ 'token?': text, 'file?': text, ledger: text, expires: whole }),
  run,
}

async function run(args: Arguments, { out, clock }: Cli): Promise<undefined> {
  const home = homeOf(args)
  const hours = wholeNumber(args, 'hours', { min: 1, max: 24 * 30 }) ?? hoursDefault
  const file = args.optional('out')
  if (!isNetwork(home)) {
    throw new CodedError('NETWORK_NONE', `${home} is no part of a network.`)
  }
  if (file !== undefined) await requireWritable(file)
  const group = args.optional('group')
  const { ledger } = readNetwork(group === undefined ? home : requireGroup(home, group)).start
  const expires = clock.nowSeconds() + hours * 3600
  const database = openGatewayDatabase(homePaths(home).gatewayDatabase)
  const token = createInvitation(database, { ledger, expires })
  database.close()
  const until = new Date(expires * 1000).toISOString()
  if (file !== undefined) {
    await writeWhole(file, `${token}\n`, { secret: true })
    out.answer({ file, ledger, expires }, `token written to ${file}, good until ${until}`)
    return undefined
  }
  const next =
    group === undefined
      ? 'next, on the new machine: bsn node join URL --token-file -'
      : `next, on a machine of the alliance: bsn group join ${group} URL --token-file -`
  out.answer({ token, ledger, expires }, `${token}\n\ngood once, until ${until}\n${next}`)
  return undefined
}
