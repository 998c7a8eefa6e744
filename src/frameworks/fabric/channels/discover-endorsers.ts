import type { Signer } from '@hyperledger/fabric-gateway'
import { discovery, peer } from '@hyperledger/fabric-protos'

export type DiscoverDeps = {
  readonly client: discovery.DiscoveryClient
  /** SerializedIdentity of who asks. */
  readonly creator: Uint8Array
  /** Of whole messages. */
  readonly signer: Signer
}

const timeoutMs = 10_000

/**
 * Whether a peer knows, at this moment, other peers enough that have a contract as it counts, and
 * are there, to have a call of it endorsed. Peers tell each other so every few seconds.
 */
export async function knowsEndorsers(
  { channel, contract }: { readonly channel: string; readonly contract: string },
  { client, creator, signer }: DiscoverDeps,
): Promise<boolean> {
  const payload = request(channel, contract, creator).serializeBinary()
  const signed = new discovery.SignedRequest()
  signed.setPayload(payload)
  signed.setSignature(await signer(payload))
  const { promise, resolve, reject } = Promise.withResolvers<discovery.Response | undefined>()
  const options = { deadline: performance.timeOrigin + performance.now() + timeoutMs }
  client.discover(signed, options, (error, answer) => (error ? reject(error) : resolve(answer)))
  const [found] = (await promise)?.getResultsList() ?? []
  return found?.hasCcQueryRes() ?? false
}

function request(channel: string, contract: string, creator: Uint8Array): discovery.Request {
  const called = new peer.ChaincodeCall()
  called.setName(contract)
  const interest = new peer.ChaincodeInterest()
  interest.addChaincodes(called)
  const endorsers = new discovery.ChaincodeQuery()
  endorsers.addInterests(interest)
  const query = new discovery.Query()
  query.setChannel(channel)
  query.setCcQuery(endorsers)
  const authentication = new discovery.AuthInfo()
  authentication.setClientIdentity(creator)
  const made = new discovery.Request()
  made.setAuthentication(authentication)
  made.addQueries(query)
  return made
}
