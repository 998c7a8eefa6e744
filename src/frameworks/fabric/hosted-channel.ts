import type { PeerClient } from './channels/connect-channel.ts'
import type { CaClient, Enrolled } from './organisation/ca-client.ts'

/** A service's channel, on the organisation of this node. */
export type HostedChannel = {
  /** Of the channel. */
  readonly name: string
  readonly mspId: string
  /** On a channel of others: who signs as a gateway, each as mspId/common name. */
  readonly gateways?: readonly string[]
  /** As the organisation's gateway; another one after its certificate was renewed. */
  readonly client: PeerClient
  /** A way to the same peer in the name of another identity of this organisation; to be closed. */
  connectAs(identity: Enrolled): PeerClient
  /** Runs the certificate authority of the organisation for as long as `run` takes. */
  withCa<T>(run: (ca: CaClient, registrar: Enrolled) => Promise<T>): Promise<T>
}
