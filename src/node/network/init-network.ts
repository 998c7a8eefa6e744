import { existsSync, mkdirSync } from 'node:fs'
import {
  CodedError,
  encodeCoseKey,
  encodeValidators,
  equalBytes,
  type Signer,
  utf8,
} from '@openbsn/sdk'
import { readNode } from '../../alliance/node-state.ts'
import { readKeyFile } from '../../crypto/key-file.ts'
import type { Clock } from '../../kernel/clock.ts'
import { validatorsAt, validatorsVersion } from '../../ledger/modules/validators.ts'
import { hasLedger, type OpenLedger, openLedger } from '../../ledger/open-ledger.ts'
import { nodeIdOf } from '../../ledger/sequencers/cometbft/comet-home.ts'
import { credentialPolicy } from '../../services/credential-module.ts'
import { lockFolder } from '../../storage/folder-lock.ts'
import { homePaths } from '../create-home.ts'
import { type Member, memberOf, signAct } from '../member.ts'
import { modules } from '../modules.ts'
import { type Network, networkPaths, writeNetwork } from './network-file.ts'
import { type NetworkKeys, openNetworkKeys } from './network-keys.ts'

export type InitNetworkOptions = {
  readonly home: string
  /** Where other nodes shall reach this one: `host:port`; and what they are told, if it differs. */
  readonly listen: string
  readonly external?: string
  /** Name of this city node in the alliance. */
  readonly node: string
}

export type InitNetworkDeps = { readonly clock: Clock; readonly onFailure: (error: Error) => void }

/** Of a validator: with 1 of 4, CometBFT thinks that it decides alone, and catches up slowly. */
const power = 10

/**
 * Makes a solo ledger a network of one node, in place: id, indexes and receipts stay. The node
 * must not run. What was begun and cut short goes on where it is done again.
 * @throws NETWORK_EXISTS, HOME_EMPTY, PROFILE_MISSING, NODE_NOT_REGISTERED, STORE_IN_USE, STORE_*
 */
export async function initNetwork(
  options: InitNetworkOptions,
  deps: InitNetworkDeps,
): Promise<Network> {
  const { home, listen, external = listen } = options
  const paths = homePaths(home)
  if (!hasLedger(paths.ledger)) throw new CodedError('HOME_EMPTY', `${home} holds no ledger.`)
  if (existsSync(networkPaths(home).file)) {
    throw new CodedError('NETWORK_EXISTS', `${home} is part of a network already.`)
  }
  const member = memberOf(paths.profile)
  if (!member) throw new CodedError('PROFILE_MISSING', `There is no profile in ${home}.`)
  const lock = lockFolder(paths.lock)
  try {
    mkdirSync(networkPaths(home).folder, { recursive: true, mode: 0o700 })
    const keys = openNetworkKeys(home)
    const signer = readKeyFile(paths.validatorKey)
    const ledger = openLedger(
      { folder: paths.ledger, workers: 1 },
      { ...deps, signer, modules, recordPolicy: credentialPolicy },
    )
    try {
      const peer = `${nodeIdOf(keys.node.raw)}@${external}`
      const own = { member, signer, keys, peer, node: options.node }
      return await becomeNetwork(ledger, own, { home, listen, external, clock: deps.clock })
    } finally {
      await ledger.close()
    }
  } finally {
    lock.release()
  }
}

/** The node that begins a network, and whose acts make it one. */
export type FirstNode = {
  readonly member: Member
  readonly signer: Signer
  readonly keys: NetworkKeys
  readonly peer: string
  readonly node: string
}

type Place = Pick<Network, 'listen' | 'external'> & { readonly home: string; readonly clock: Clock }

/**
 * Makes an open solo ledger that has its node a network of that node, whose data folder is `home`.
 * @throws NODE_NOT_REGISTERED, the ledger's code where it refuses
 */
export async function becomeNetwork(
  ledger: OpenLedger,
  own: FirstNode,
  { home, listen, external, clock }: Place,
): Promise<Network> {
  await prepare(ledger, own, clock)
  const { height, time, appHash } = ledger.head
  const validators = validatorsAt(ledger, height + 1)
  const start = { ledger: ledger.id, initialHeight: height + 1, time, appHash, validators }
  const network = { start, operator: own.member.id, listen, external, peers: [] }
  writeNetwork(home, network)
  return network
}

/** Until the next block is one that the consensus key of this node decides. */
async function prepare(ledger: OpenLedger, own: FirstNode, clock: Clock): Promise<void> {
  const { member, keys, signer, peer, node } = own
  const consensusKey = keys.consensus.raw
  const facts = { peer, validatorKey: encodeCoseKey(signer.key), consensusKey }
  if (!readNode(ledger, node)) {
    const message = `The ledger has no city node ${node}: start it once before.`
    throw new CodedError('NODE_NOT_REGISTERED', message)
  }
  for (let i = 0; ; i++) {
    const [validator] = validatorsAt(ledger, ledger.head.height + 1)
    const isReady = validator?.consensusKey && equalBytes(validator.consensusKey, consensusKey)
    const known = readNode(ledger, node)
    if (isReady && known?.peer === peer) return
    if (i === 0 && validator && !isReady) {
      const validators = encodeValidators([{ ...validator, power, consensusKey }])
      const expect = validatorsVersion(ledger)
      const payload = { expect, validators }
      await submit(ledger, { name: 'validators-update', sub: 'bsn:validators', payload })
      continue
    }
    const payload = { id: node, expect: known?.version ?? 0, ...facts }
    await submit(ledger, { name: 'node-update', sub: 'bsn:alliance', payload })
  }

  async function submit(on: OpenLedger, act: Omit<Parameters<typeof signAct>[0], 'cti'>) {
    const cti = utf8(`network ${act.name} ${on.head.height}`)
    const statement = await signAct({ ...act, cti }, member, { ledger: on, clock })
    const [outcome] = await on.submit([statement])
    if (outcome?.outcome !== 'refused') return
    throw new CodedError(outcome.code, `The ledger refuses ${act.name}: ${outcome.detail}`)
  }
}
