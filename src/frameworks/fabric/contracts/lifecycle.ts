import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Programs, runPeer } from '../channels/channel.ts'
import type { ContractPackage } from './contract-package.ts'

/** A contract of a channel, in one version. */
export type Definition = {
  readonly channel: string
  readonly name: string
  readonly version: string
  /** Counts the definitions of this name, from 1 on. */
  readonly sequence: number
  /** Who has to endorse; a majority of the organisations where it is not said. */
  readonly policy?: string
}

/** In whose name, and where. */
export type LifecyclePlace = {
  readonly programs: Programs
  /** With the settings of the peer. */
  readonly folder: string
  /** Of the administrator. */
  readonly msp: string
  readonly orderer: { readonly address: string; readonly root: string }
}

/** A peer that has a word in it. */
export type LifecyclePeer = { readonly address: string; readonly root: string }

/** Puts a package on the peer of this node; one that is there stays. @throws FABRIC_STEP_FAILED */
export async function installContract(
  { programs, folder, msp }: LifecyclePlace,
  { id, bytes }: ContractPackage,
): Promise<void> {
  const command = ['lifecycle', 'chaincode']
  const query = [...command, 'queryinstalled', '--output', 'json']
  const step = `the contract ${id} is installed`
  const installed = await runPeer(programs, step, { folder, msp, args: query })
  if (installed.includes(JSON.stringify(id))) return
  const file = join(folder, 'package.tgz')
  await writeFile(file, bytes)
  await runPeer(programs, step, { folder, msp, args: [...command, 'install', file] })
}

/** Has this node's organisation agree to a definition. @throws FABRIC_STEP_FAILED */
export async function approveContract(
  { programs, folder, msp, orderer }: LifecyclePlace,
  definition: Definition,
  packageId: string,
): Promise<void> {
  const named = [...definedBy(definition), '--package-id', packageId, ...orderedBy(orderer)]
  const args = ['lifecycle', 'chaincode', 'approveformyorg', ...named]
  const step = `the contract ${definition.name} of ${definition.channel} is approved`
  await runPeer(programs, step, { folder, msp, args })
}

/** Makes a definition count, once enough have agreed. @throws FABRIC_STEP_FAILED */
export async function commitContract(
  { programs, folder, msp, orderer }: LifecyclePlace,
  definition: Definition,
  peers: readonly LifecyclePeer[],
): Promise<void> {
  const asked = peers.flatMap(({ address, root }) => [
    ...['--peerAddresses', address],
    ...['--tlsRootCertFiles', root],
  ])
  const named = [...definedBy(definition), ...orderedBy(orderer), ...asked]
  const args = ['lifecycle', 'chaincode', 'commit', ...named]
  const step = `the contract ${definition.name} of ${definition.channel} is committed`
  await runPeer(programs, step, { folder, msp, args })
}

/** A definition as options of Fabric's command. */
export function definedBy({ channel, name, version, sequence, policy }: Definition): string[] {
  const named = ['--channelID', channel, '--name', name, '--version', version]
  const endorsed = policy === undefined ? [] : ['--signature-policy', policy]
  return [...named, '--sequence', String(sequence), ...endorsed]
}

const orderedBy = ({ address, root }: LifecyclePlace['orderer']) => [
  ...['--orderer', address],
  ...['--tls', '--cafile', root],
]
