import { mkdirSync, renameSync } from 'node:fs'
import { CodedError, encodeCoseKey, toBase64url } from '@openbsn/sdk'
import { readGroup } from '../../alliance/group-state.ts'
import { readKeyFile, writeSecretFile } from '../../crypto/key-file.ts'
import type { JoinRequest } from '../../gateway/network-port.ts'
import type { Clock } from '../../kernel/clock.ts'
import { type OpenLedger, openLedger } from '../../ledger/open-ledger.ts'
import { nodeIdOf } from '../../ledger/sequencers/cometbft/comet-home.ts'
import { credentialPolicy } from '../../services/credential-module.ts'
import { draftLedger, homePaths } from '../create-home.ts'
import { kekFile, openHomeSecrets, openOperatorKey } from '../home-secrets.ts'
import { type Member, memberOf } from '../member.ts'
import { modules } from '../modules.ts'
import { becomeNetwork, type FirstNode } from '../network/init-network.ts'
import { type Network, networkPaths, readNetwork } from '../network/network-file.ts'
import { openNetworkKeys } from '../network/network-keys.ts'
import { signJoin } from '../network/sign-join.ts'
import { fillGroup, type GroupFolder } from './fill-group.ts'
import { type RootNode, readRoot } from './root-replica.ts'

export type CreateGroupOptions = GroupFolder & {
  /** What the others are told, where it is not `listen`. */
  readonly external?: string
  /** Who founds it; the member of the profile where not said. */
  readonly member?: Member
  readonly kek?: string
}

export type CreateGroupDeps = { readonly clock: Clock; readonly onFailure: (error: Error) => void }

/**
 * Makes the ledger of a new group in the data folder of a node, as a network of that node, which
 * may run: it serves the group from its next start on, and has it listed in the root ledger then.
 * The founder is the one member of the group at first.
 * @throws GROUP_*, NETWORK_NONE, PROFILE_MISSING, KEY_*, STORE_*
 */
export async function createGroup(
  options: CreateGroupOptions,
  deps: CreateGroupDeps,
): Promise<Network> {
  const { home, name, member = memberOf(homePaths(home).profile) } = options
  if (!member) {
    throw new CodedError('PROFILE_MISSING', `There is no profile in ${home}, and no --as FILE.`)
  }
  const root = await readRoot(home, ({ store, own }) => ({ own, taken: readGroup(store, name) }))
  if (root.taken) {
    throw new CodedError('GROUP_EXISTS', `The root ledger has a group ${name} already.`)
  }
  if (root.own.facts.operator !== member.id) {
    const message = `${root.own.id} is a node of ${root.own.facts.operator}, not of ${member.id}.`
    throw new CodedError('GROUP_NODE_UNKNOWN', message)
  }
  return fillGroup(options, (draft) => found(draft, root.own, { ...options, member }, deps))
}

type Founding = CreateGroupOptions & { readonly member: Member }

async function found(
  draft: string,
  node: RootNode,
  options: Founding,
  deps: CreateGroupDeps,
): Promise<Network> {
  const { home, name, listen, external = listen, member, kek = kekFile(home) } = options
  const paths = homePaths(draft)
  mkdirSync(networkPaths(draft).folder, { recursive: true, mode: 0o700 })
  const founder = { id: member.id, key: member.signer.key }
  const root = readNetwork(home).start.ledger
  const made = await draftLedger({ home: draft, name, environment: 'live', founder, root }, deps)
  writeSecretFile(paths.validatorKey, made.key)
  renameSync(`${paths.ledger}.new`, paths.ledger)
  const secrets = openHomeSecrets({ home: draft, kek }, deps)
  const operator = openOperatorKey(homePaths(home).operatorKey, secrets.kek)
  await secrets.payloads.close()
  const keys = openNetworkKeys(draft)
  const signer = readKeyFile(paths.validatorKey)
  const peer = `${nodeIdOf(keys.node.raw)}@${external}`
  const first: FirstNode = { member, signer, keys, peer, node: node.id }
  const ledger = openLedger(
    { folder: paths.ledger, workers: 1 },
    { ...deps, signer, modules, recordPolicy: credentialPolicy },
  )
  try {
    const operatorKey = toBase64url(encodeCoseKey(operator.key))
    await register(ledger, { ...factsOf(node, first), operatorKey }, { ...first, ...deps })
    return await becomeNetwork(ledger, first, { home: draft, listen, external, clock: deps.clock })
  } finally {
    await ledger.close()
  }
}

/** The same as the root ledger has, but for what is of this one network. */
function factsOf({ id, facts }: RootNode, { keys, signer, peer }: FirstNode) {
  const { city, country, latitude, longitude, software, gateway } = facts
  return {
    ...{ node: id, city, country, latitude, longitude, software, gateway, peer },
    validatorKey: toBase64url(encodeCoseKey(signer.key)),
    consensusKey: toBase64url(keys.consensus.raw),
  }
}

async function register(
  ledger: OpenLedger,
  request: JoinRequest,
  { member, clock }: FirstNode & CreateGroupDeps,
): Promise<void> {
  for (const act of await signJoin(request, member, { ledger, clock })) {
    const [outcome] = await ledger.submit([act])
    if (outcome?.outcome !== 'refused') continue
    throw new CodedError(outcome.code, `The new ledger refuses its first node: ${outcome.detail}`)
  }
}
