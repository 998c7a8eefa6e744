import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { makeChannel } from '../channels/channel.ts'
import { orderingOf, type WantedMember } from '../channels/channel-config.ts'
import type { ChannelMember } from '../channels/channel-settings.ts'
import { joinChannel } from '../channels/open-channel.ts'
import { fabricError } from '../errors.ts'
import { writeOrganisation } from '../organisation/identity-folder.ts'
import { mspIdOf, type Organisation } from '../organisation/open-organisation.ts'
import type { Ordering } from '../organisation/orderers.ts'
import type {
  BftOrdererFacts,
  HostLedger,
  OpenedChannel,
  OrganisationFacts,
} from './host-ledger.ts'

/** Of a first block that is unpacked: a channel of hundreds of organisations has less. */
const blockBytesMax = 4 * 1024 * 1024

/** Fabric wants a letter first, services may begin with a digit. */
export const channelName = (service: string) => `s-${service}`
/** The reverse of `channelName`. */
export const serviceOf = (channel: string) => channel.slice('s-'.length)

/** Where the certificates of the organisations of a channel lie on this node. */
export const rootFileOf = (folder: string, node: string) =>
  join(folder, 'others', node, 'msp/cacerts/root.pem')

/** Writes what the ledger says of an organisation, as Fabric's tools read it. */
export async function keepOrganisation(
  folder: string,
  node: string,
  facts: OrganisationFacts,
): Promise<ChannelMember> {
  const own = join(folder, 'others', node)
  await writeOrganisation(join(own, 'msp'), facts.root)
  return { mspId: mspIdOf(node), msp: join(own, 'msp'), peer: placeOf(facts.peer) }
}

/** As `keepOrganisation`, with its orderer for channels of this kind; undefined without one. */
export async function keepMember(
  folder: string,
  node: string,
  { facts, ordering }: { readonly facts: OrganisationFacts; readonly ordering: Ordering },
): Promise<WantedMember | undefined> {
  const orderer = ordererIn(facts, ordering)
  if (!orderer) return undefined
  const member = await keepOrganisation(folder, node, facts)
  const file = async (name: string, text: string) => {
    const path = join(folder, 'others', node, name)
    await writeFile(path, text)
    return path
  }
  const certificate = await file(`${ordering}-orderer.pem`, orderer.certificate)
  const { identity } = orderer
  const bft =
    identity === undefined ? {} : { bft: { identity: await file('bft-identity.pem', identity) } }
  return { ...member, orderer: { ...placeOf(orderer.address), certificate, ...bft } }
}

/** What the ledger says of an orderer of a node. */
export function ordererIn(
  { orderer, bftOrderer }: OrganisationFacts,
  ordering: Ordering,
): (Omit<BftOrdererFacts, 'identity'> & { readonly identity?: string }) | undefined {
  return ordering === 'bft' ? bftOrderer : orderer
}

/** BFT bears a third that lies or is gone, less one: of four, one. */
export const bftOrderersMin = 4

/** How a channel of these organisations is to order, once and for all. */
export function orderingFor(organisations: readonly (OrganisationFacts | undefined)[]): Ordering {
  const canAll = organisations.every((one) => one?.bftOrderer)
  return canAll && organisations.length >= bftOrderersMin ? 'bft' : 'raft'
}

/** @throws RangeError where it is no host:port, which the rules of the ledger keep out */
export function placeOf(address: string): { readonly host: string; readonly port: number } {
  const [, host, port] = /^(.+):(\d+)$/.exec(address) ?? []
  if (host === undefined) throw new RangeError(`${address} is no host:port`)
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}

/** A channel of these city nodes, as the ledger is told of it. @throws FABRIC_STEP_FAILED */
export async function newChannel(
  { options: { programs, folder } }: Organisation,
  { service, nodes }: { readonly service: string; readonly nodes: readonly string[] },
  ledger: Pick<HostLedger, 'organisation'>,
): Promise<OpenedChannel> {
  const ordering = orderingFor(nodes.map((node) => ledger.organisation(node)))
  const members: ChannelMember[] = []
  for (const node of nodes) {
    const facts = ledger.organisation(node)
    const member = facts && (await keepMember(folder, node, { facts, ordering }))
    if (member) members.push(member)
  }
  const block = await makeChannel({ folder: programs }, channelName(service), members)
  return { nodes, block: await promisify(gzip)(block, { level: 9 }) }
}

/**
 * Has this node take part in the channel of a service.
 * @throws FABRIC_STEP_FAILED, ENGINE_*
 */
export async function enterChannel(
  organisation: Organisation,
  service: string,
  channel: OpenedChannel,
): Promise<void> {
  await joinChannel(organisation, channelName(service), await firstBlockOf(channel))
}

/** One step on asks it of the same channel several times. */
const orderings = new WeakMap<OpenedChannel, Promise<Ordering>>()

/** How a channel orders, by its first block. @throws FABRIC_STEP_FAILED */
export function channelOrdering(channel: OpenedChannel): Promise<Ordering> {
  const known = orderings.get(channel) ?? firstBlockOf(channel).then(orderingOf)
  orderings.set(channel, known)
  return known
}

async function firstBlockOf({ block }: OpenedChannel): Promise<Uint8Array> {
  return promisify(gunzip)(block, { maxOutputLength: blockBytesMax }).catch((cause: unknown) => {
    const said = 'a first block on the ledger is no gzip of at most 4 MB'
    throw fabricError('FABRIC_STEP_FAILED', said, { cause })
  })
}
