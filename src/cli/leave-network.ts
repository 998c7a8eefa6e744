import { CodedError, controlAct, decodeValidators, equalBytes, thumbprint } from '@openbsn/sdk'
import { openKeyEncryption } from '../crypto/key-encryption.ts'
import { readKeyFile } from '../crypto/key-file.ts'
import { homePaths } from '../node/create-home.ts'
import { kekFile, openOperatorKey } from '../node/home-secrets.ts'
import { isNetwork, readNetwork } from '../node/network/network-file.ts'
import type { Arguments } from './arguments.ts'
import type { Cli, OptionSpec } from './command.ts'
import { connectTo, gatewayOption, homeOption, kekOption } from './connection.ts'
import { presentObject, submitControl } from './control.ts'
import { homeOf } from './profile.ts'

const gatewayDefault = 'http://127.0.0.1:8420'

/** Options of the commands by which a node leaves a network, through its own gateway. */
export const leaveOptions = {
  ...homeOption,
  gateway: { ...gatewayOption, default: gatewayDefault, summary: 'Address of its gateway' },
  ...kekOption,
} as const satisfies Record<string, OptionSpec>

/**
 * Retires this node in a ledger whose things lie in `own`, signed with the node's own key.
 * @throws NETWORK_NONE, NODE_IS_VALIDATOR, OBJECT_NOT_FOUND, KEY_*, the ledger's codes
 */
export async function leaveNetwork(
  args: Arguments,
  { clock }: Cli,
  { own, node }: { readonly own: string; readonly node: string },
) {
  if (!isNetwork(own)) throw new CodedError('NETWORK_NONE', `${own} is no part of a network.`)
  const home = homeOf(args)
  const { operator, start } = readNetwork(own)
  const { ledger } = start
  const { client } = connectTo({ gateway: args.optional('gateway') ?? gatewayDefault, ledger })
  const [facts, validators] = [
    await presentObject(client, `node/${node}`),
    await presentObject(client, 'validators'),
  ]
  const key = thumbprint(readKeyFile(homePaths(own).validatorKey).key)
  const sets = validators.get('sets')
  const latest = Array.isArray(sets) ? sets.at(-1) : undefined
  const present = decodeValidators(Array.isArray(latest) ? latest[1] : undefined)
  if (present.some(({ kid }) => equalBytes(kid, key))) {
    const message = `${node} signs blocks: the others would wait for it. Demote it before.`
    throw new CodedError('NODE_IS_VALIDATOR', message)
  }
  const kek = openKeyEncryption(args.optional('kek') ?? kekFile(home), { mayCreate: false })
  const signer = openOperatorKey(homePaths(home).operatorKey, kek)
  const act = controlAct('node-retire', { id: node, expect: Number(facts.get('version')) })
  const member = { id: operator, signer }
  return { ledger, ...(await submitControl(act, { client, ledger, member, clock })) }
}
