import {
  connectOrganisation,
  organisationPeer,
} from '../frameworks/fabric/channels/open-channel.ts'
import type { HostedChannel } from '../frameworks/fabric/hosted-channel.ts'
import type { Organisation } from '../frameworks/fabric/organisation/open-organisation.ts'
import type { ServedFabric } from '../gateway/served-ledger.ts'

/** A channel that an organisation has joined, as a node would have it; close its client. */
export async function hostedChannel(
  organisation: Organisation,
  name: string,
): Promise<HostedChannel> {
  return {
    ...{ name, mspId: organisation.mspId, client: await connectOrganisation(organisation) },
    connectAs: (identity) => organisationPeer(organisation, identity),
    withCa: (run) => organisation.withCa(run),
  }
}

/** Fabric of a gateway in tests that publish no packages. */
export const fabricOf = (hosted: ServedFabric['hosted']): ServedFabric => ({
  hosted,
  takePackage: () => Promise.reject(new Error('packages are not sent here')),
  sendPackage: () => Promise.reject(new Error('packages are not sent here')),
  contractLog: async () => undefined,
})
