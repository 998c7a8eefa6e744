import { CodedError, controlAct, decodeValidators, equalBytes, thumbprint } from '@openbsn/sdk'
import { openKeyEncryption } from '../../crypto/key-encryption.ts'
import { readKeyFile } from '../../crypto/key-file.ts'
import { homePaths } from '../../node/create-home.ts'
import { kekFile, openOperatorKey } from '../../node/home-secrets.ts'
import { isNetwork, readNetwork } from '../../node/network/network-file.ts'
import type { Arguments } from '../arguments.ts'
import type { Cli, Command } from '../command.ts'
import { connectTo, gatewayOption, homeOption } from '../connection.ts'
import { presentObject, submitControl } from '../control.ts'
import { object, text, whole } from '../json-schema.ts'
import { homeOf } from '../profile.ts'

const gatewayDefault = 'http://127.0.0.1:8420'

export const command: Command = {
  description:
    'Takes this city node off the map for ever, signed with its own key, through its gateway, ' +
    'which must run. Then stop it: nobody connects to it any more. A validator is demoted before.',
  examples: ['bsn node leave berlin', 'bsn node leave berlin --home /srv/openbsn'],
  operands: [{ name: 'ID', summary: 'Name of this node in the alliance', required: true }],
  options: {
    ...homeOption,
    gateway: { ...gatewayOption, default: gatewayDefault, summary: 'Address of its gateway' },
    kek: {
      type: 'string',
      value: 'FILE',
      env: 'BSN_KEK',
      summary: "The key-encryption key; the data folder's path and .kek where not said",
    },
  },
  output: object({ node: text, ledger: text, index: whole, height: whole }),
  run,
}

async function run(args: Arguments, { out, clock }: Cli): Promise<undefined> {
  const [home, node] = [homeOf(args), args.operand(0)]
  if (!isNetwork(home)) throw new CodedError('NETWORK_NONE', `${home} is no part of a network.`)
  const { operator, start } = readNetwork(home)
  const { ledger } = start
  const gateway = args.optional('gateway') ?? gatewayDefault
  const { client } = connectTo({ gateway, ledger })
  const [facts, validators] = [
    await presentObject(client, `node/${node}`),
    await presentObject(client, 'validators'),
  ]
  const own = thumbprint(readKeyFile(homePaths(home).validatorKey).key)
  const sets = validators.get('sets')
  const latest = Array.isArray(sets) ? sets.at(-1) : undefined
  const present = decodeValidators(Array.isArray(latest) ? latest[1] : undefined)
  if (present.some(({ kid }) => equalBytes(kid, own))) {
    const message = `${node} signs blocks: the others would wait for it. Demote it before.`
    throw new CodedError('NODE_IS_VALIDATOR', message)
  }
  const kek = openKeyEncryption(args.optional('kek') ?? kekFile(home), { mayCreate: false })
  const signer = openOperatorKey(homePaths(home).operatorKey, kek)
  const act = controlAct('node-retire', { id: node, expect: Number(facts.get('version')) })
  const member = { id: operator, signer }
  const { index, height } = await submitControl(act, { client, ledger, member, clock })
  out.answer(
    { node, ledger, index, height },
    `${node} has left; stop it now. Its data folder is its operator's.`,
  )
  return undefined
}
