import { senderName } from '../blocks/read-block.ts'
import { connectPeer, type PeerClient } from '../channels/connect-channel.ts'
import { fabricError } from '../errors.ts'
import type { HostedChannel } from '../hosted-channel.ts'
import type { Enrolled } from '../organisation/ca-client.ts'
import type { ChannelsFile, ExternalChannel } from './channels-file.ts'

/** Channels of networks that this node does not run: it is a client of their peers. */
export class ExternalChannels {
  readonly #file: ChannelsFile
  readonly #open = new Map<string, HostedChannel>()

  constructor(file: ChannelsFile) {
    this.#file = file
  }

  has(service: string): boolean {
    return this.#file.has(service)
  }

  hosted(service: string): HostedChannel | undefined {
    const entry = this.#file.get(service)
    if (!entry) return undefined
    const known = this.#open.get(service) ?? channelOf(service, entry)
    this.#open.set(service, known)
    return known
  }

  /** Organisations whose peers say how many blocks there are. */
  members(service: string): readonly string[] | undefined {
    const entry = this.#file.get(service)
    return entry && (entry.members ?? [entry.mspId])
  }

  close(): void {
    for (const { client } of this.#open.values()) client.close()
    this.#open.clear()
  }
}

function channelOf(service: string, entry: ExternalChannel): HostedChannel {
  const { channel, mspId, identity, gateways = [] } = entry
  return {
    name: channel,
    mspId,
    gateways: [senderName(mspId, identity.certificate), ...gateways],
    client: connect(entry, identity),
    connectAs: (other) => connect(entry, other),
    withCa: () => {
      const message = `The organisation of ${service} is run by others: they certify its users.`
      return Promise.reject(fabricError('FABRIC_ENROLL_FAILED', message))
    },
  }
}

function connect(entry: ExternalChannel, identity: Enrolled): PeerClient {
  const { peer: address, root, mspId, serverName = hostOf(entry.peer) } = entry
  return connectPeer({ address, root, mspId, identity, serverName })
}

const hostOf = (address: string) => address.replace(/:\d+$/, '')
