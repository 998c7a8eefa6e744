import type { PeerClient } from './channels/connect-channel.ts'
import type { CaClient, Enrolled } from './organisation/ca-client.ts'

/** A service's channel, on the organisation of this node. */
export type HostedChannel = {
  /** Of the channel. */
  readonly name: string
  readonly mspId: string
  /** As the organisation's gateway. */
  readonly client: PeerClient
  /** Runs the certificate authority of the organisation for as long as `run` takes. */
  withCa<T>(run: (ca: CaClient, registrar: Enrolled) => Promise<T>): Promise<T>
}

/** The channels that this node has. */
export type FabricHost = {
  /** Undefined where it has none of the service. */
  hosted(service: string): HostedChannel | undefined
}
