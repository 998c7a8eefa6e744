import { readObject, type StateObject, type StateReader } from '../ledger/state/state-view.ts'

/** What the ledger knows of Hyperledger Fabric: for the rules here, and for nodes. */

export const organisationKey = (node: string) => `organisation/${node}`
export const channelKey = (service: string) => `channel/${service}`
/** Of one contract; of all of a service where `name` is empty. */
export const contractKey = (service: string, name: string) => `contract/${service}/${name}`

/** The organisation of a city node, as the others find it. */
export type OrganisationState = {
  /** Who issues its certificates, in PEM. */
  readonly root: string
  /** Its peer, as host:port. */
  readonly peer: string
  /** Where it orders, as host:port, with the certificate that the other orderers know it by. */
  readonly orderer: { readonly address: string; readonly certificate: string } | undefined
  readonly version: number
}

/** The channel of a service. */
export type ChannelState = {
  /** City nodes whose organisations were its members from the beginning on. */
  readonly nodes: readonly string[]
  /** Its first block, packed by gzip (RFC 1952). */
  readonly block: Uint8Array
}

/** A contract of a channel as its publisher wants it. */
export type ContractState = {
  /** `preset:` and a name, or the SHA-256 of an archive in hex. */
  readonly package: string
  /** Counts the definitions of this name, from 1 on. */
  readonly sequence: number
  /** Whose peers have to endorse, as Fabric writes it; most of the organisations where absent. */
  readonly policy: string | undefined
}

export function readOrganisation(state: StateReader, node: string): OrganisationState | undefined {
  const object = readObject(state, organisationKey(node))
  if (!object) return undefined
  const [address, certificate] = [object.get('orderer'), object.get('ordererCertificate')]
  const isOrdering = typeof address === 'string' && typeof certificate === 'string'
  return {
    root: String(object.get('root')),
    peer: String(object.get('peer')),
    orderer: isOrdering ? { address, certificate } : undefined,
    version: Number(object.get('version')),
  }
}

export function readChannel(state: StateReader, service: string): ChannelState | undefined {
  const object = readObject(state, channelKey(service))
  const [nodes, block] = [object?.get('nodes'), object?.get('block')]
  if (!Array.isArray(nodes) || !(block instanceof Uint8Array)) return undefined
  return { nodes: nodes.map(String), block }
}

/** A contract's object, typed. */
export function contractOf(object: StateObject): ContractState {
  const policy = object.get('policy')
  return {
    package: String(object.get('package')),
    sequence: Number(object.get('sequence')),
    policy: typeof policy === 'string' ? policy : undefined,
  }
}
