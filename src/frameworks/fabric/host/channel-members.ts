import { isMember } from '../channels/channel-config.ts'
import { joinedChannels, leaveChannel } from '../channels/open-channel.ts'
import type { HostLedger, OpenedChannel, WantedService } from './host-ledger.ts'
import { type PlaceDeps, placeIn, placesIn } from './places.ts'
import { channelName, channelOrdering, enterChannel, serviceOf } from './service-channel.ts'

/** Of a service that names this node, and whose channel does not have it yet. */
export type JoiningChannel = Pick<WantedService, 'service' | 'change'> & {
  readonly channel: OpenedChannel
}

/**
 * Has this node join a channel as soon as its settings have the organisation. Returns what it waits
 * for. @throws FABRIC_STEP_FAILED
 */
export async function joinGrown(
  { service, channel, change }: JoiningChannel,
  deps: PlaceDeps,
): Promise<string> {
  const { node, organisation } = deps
  // The others add nobody who is not there.
  await organisation.orders(await channelOrdering(channel))
  if (!change?.open || !change.nodes.includes(node)) {
    return `${node} is to be added to the channel by ${channel.nodes.join(', ')}`
  }
  const places = await placesIn(channel, deps)
  const asked = places.map((place) => isMember(place, channelName(service)))
  const read = await Promise.allSettled(asked)
  if (read.every(({ status }) => status === 'rejected')) await asked[0]
  if (!read.some((one) => one.status === 'fulfilled' && one.value)) {
    return `the change that adds ${node} is to be signed by ${channel.nodes.join(', ')}`
  }
  await enterChannel(organisation, service, channel)
  return `${node} has joined the channel`
}

/** Services whose channels this node joined, and whose nodes it is not among any more. */
export async function leftServices(
  wanted: readonly WantedService[],
  { organisation, node, ledger }: PlaceDeps & { readonly ledger: Pick<HostLedger, 'channel'> },
): Promise<string[]> {
  const joined = (await joinedChannels(organisation)).map(serviceOf)
  const gone = joined.filter((one) => !wanted.some(({ service }) => service === one))
  return gone.filter((service) => ledger.channel(service)?.nodes.includes(node) === false)
}

/**
 * Has the orderer of this node leave a channel, once the others have it so: a ledger that is read
 * anew may be behind. Returns what it waits for. @throws FABRIC_STEP_FAILED
 */
export async function leaveShrunk(
  service: string,
  deps: PlaceDeps & { readonly ledger: Pick<HostLedger, 'channel'> },
): Promise<string | undefined> {
  const channel = deps.ledger.channel(service)
  if (!channel) return 'the channel is not open'
  const place = await placeIn(channel, deps)
  if (await isMember(place, channelName(service))) return 'the channel still has this node'
  await leaveChannel(deps.organisation, channelName(service))
  return undefined
}
