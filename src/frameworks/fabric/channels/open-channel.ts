import { readFileSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { common } from '@hyperledger/fabric-protos'
import type { Enrolled } from '../organisation/ca-client.ts'
import { organisationFiles, readIdentity } from '../organisation/identities.ts'
import type { Organisation } from '../organisation/open-organisation.ts'
import { type Ordering, ordererOf } from '../organisation/orderers.ts'
import type { Channel } from '../transactions/make-transaction.ts'
import { submitProposal } from '../transactions/make-transaction.ts'
import {
  joinOrderer,
  keepBlock,
  keptBlock,
  type OrdererAdmin,
  removeOrderer,
  runPeer,
} from './channel.ts'
import { orderingOf, type WantedMember } from './channel-config.ts'
import { connectPeer, type PeerClient } from './connect-channel.ts'

/** An organisation as the settings of a channel name it. */
export function memberOf({ options, mspId }: Organisation, ordering: Ordering): WantedMember {
  const { folder, host, ports } = options
  const { port, identity } = ordererOf(options, ordering)
  const { msp } = organisationFiles(folder)
  const bft = ordering === 'bft' ? { bft: { identity: identity.signing } } : {}
  return {
    ...{ mspId, msp, peer: { host, port: ports.peer } },
    orderer: { host, port, certificate: identity.tls.certificate, ...bft },
  }
}

/**
 * Has the peer and an orderer of this node take part in a channel.
 * @throws FABRIC_STEP_FAILED, ENGINE_*
 */
export async function joinChannel(
  organisation: Organisation,
  channel: string,
  block: Uint8Array,
): Promise<void> {
  const { folder, programs } = organisation.options
  const files = organisationFiles(folder)
  const place = { folder: programs }
  const path = await keepBlock(join(folder, 'channels', channel), block)
  await joinOrderer(place, { channel, block: path }, await adminOf(organisation, block))
  const command = { folder: join(folder, 'peer'), msp: files.of('admin').msp }
  const step = `the peer joins ${channel}`
  const joined = await runPeer(place, step, { ...command, args: ['channel', 'list'] })
  if (joined.split('\n').includes(channel)) return
  await runPeer(place, step, { ...command, args: ['channel', 'join', '-b', path] })
}

/**
 * Has the orderer of this node leave a channel. Its peer keeps the blocks that it has: it goes on
 * from there where the organisation comes back. @throws FABRIC_STEP_FAILED
 */
export async function leaveChannel(organisation: Organisation, channel: string): Promise<void> {
  const { folder, programs } = organisation.options
  const own = join(folder, 'channels', channel)
  const admin = await adminOf(organisation, await keptBlock(own))
  await removeOrderer({ folder: programs }, channel, admin)
  await rm(own, { recursive: true, force: true })
}

/** Of the orderer for such a channel, which is started where it does not run yet. */
async function adminOf(organisation: Organisation, block: Uint8Array): Promise<OrdererAdmin> {
  const ordering = orderingOf(block)
  await organisation.orders(ordering)
  const { adminPort, identity } = ordererOf(organisation.options, ordering)
  return { port: adminPort, identity }
}

/** Channels that this node joined and has not left. */
export async function joinedChannels({ options: { folder } }: Organisation): Promise<string[]> {
  const none = (error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return []
    throw error
  }
  return readdir(join(folder, 'channels')).catch(none)
}

/** A way to the peer of an organisation, as its gateway. */
export async function connectOrganisation(organisation: Organisation): Promise<PeerClient> {
  const { folder } = organisation.options
  return organisationPeer(organisation, await readIdentity(folder, 'gateway'))
}

/** A way to the peer of an organisation that runs, in the name of one of its identities. */
export function organisationPeer({ options, mspId }: Organisation, identity: Enrolled): PeerClient {
  const { folder, host, ports } = options
  const root = readFileSync(organisationFiles(folder).root, 'utf8')
  return connectPeer({ address: `${host}:${ports.peer}`, root, mspId, identity })
}

/** A channel as calls are made on it. */
export function channelOn({ gateway, network }: PeerClient, channel: string): Channel {
  return { gateway, network: network(channel), submit: submitProposal }
}

/**
 * How many blocks the channel has, as the peers of these organisations have it: one that another
 * gateway wrote to may be ahead of ours. At least one of them has to answer.
 */
export async function channelHeight(
  { network }: PeerClient,
  { channel, members }: { readonly channel: string; readonly members: readonly string[] },
): Promise<number> {
  const contract = network(channel).getContract('qscc')
  const asked = members.map(async (mspId) => {
    const how = { arguments: [channel], endorsingOrganizations: [mspId] }
    const answer = await contract.newProposal('GetChainInfo', how).evaluate()
    return common.BlockchainInfo.deserializeBinary(answer).getHeight()
  })
  const heights = await Promise.allSettled(asked)
  const known = heights.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  if (known.length > 0) return Math.max(...known)
  const [failed] = heights
  throw failed?.status === 'rejected' ? failed.reason : new RangeError('a channel has members')
}
