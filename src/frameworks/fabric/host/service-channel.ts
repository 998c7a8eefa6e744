import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { makeChannel } from '../channels/channel.ts'
import type { ChannelMember } from '../channels/channel-settings.ts'
import { joinChannel } from '../channels/open-channel.ts'
import { fabricError } from '../errors.ts'
import { writeOrganisation } from '../organisation/identity-folder.ts'
import { mspIdOf, type Organisation } from '../organisation/open-organisation.ts'
import type { HostLedger, OpenedChannel, OrganisationFacts } from './host-ledger.ts'

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
  { root, peer, orderer }: OrganisationFacts,
): Promise<ChannelMember> {
  const own = join(folder, 'others', node)
  await writeOrganisation(join(own, 'msp'), root)
  const member = { mspId: mspIdOf(node), msp: join(own, 'msp'), peer: placeOf(peer) }
  if (!orderer) return member
  const certificate = join(own, 'orderer.pem')
  await mkdir(own, { recursive: true, mode: 0o700 })
  await writeFile(certificate, orderer.certificate)
  return { ...member, orderer: { ...placeOf(orderer.address), certificate } }
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
  const members: ChannelMember[] = []
  for (const node of nodes) {
    const facts = ledger.organisation(node)
    if (facts) members.push(await keepOrganisation(folder, node, facts))
  }
  const block = await makeChannel({ folder: programs }, channelName(service), members)
  return { nodes, block: await promisify(gzip)(block, { level: 9 }) }
}

/** Has this node take part in the channel of a service. @throws FABRIC_STEP_FAILED */
export async function enterChannel(
  organisation: Organisation,
  service: string,
  { block }: OpenedChannel,
): Promise<void> {
  const unpacked = await promisify(gunzip)(block, { maxOutputLength: blockBytesMax }).catch(
    (cause: unknown) => {
      const said = `the first block of ${service} on the ledger is no gzip of at most 4 MB`
      throw fabricError('FABRIC_STEP_FAILED', said, { cause })
    },
  )
  await joinChannel(organisation, channelName(service), unpacked)
}
