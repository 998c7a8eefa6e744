import { readObject, type StateObject, type StateReader } from '../ledger/state/state-view.ts'

/** What the ledger knows of Hyperledger Fabric: for the rules here, and for nodes. */

export const organisationKey = (node: string) => `organisation/${node}`
export const channelKey = (service: string) => `channel/${service}`
/** Of the last change of a channel's nodes. */
export const changeKey = (service: string) => `change/${service}`
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
  /** The same of channels that order by BFT, with the certificate that it signs blocks with. */
  readonly bftOrderer:
    | { readonly address: string; readonly certificate: string; readonly identity: string }
    | undefined
  readonly version: number
}

/** The channel of a service. */
export type ChannelState = {
  /** City nodes whose organisations are its members. */
  readonly nodes: readonly string[]
  /** Its first block, packed by gzip (RFC 1952). */
  readonly block: Uint8Array
}

/** A change of a channel's settings that is under way, or was. */
export type ChangeState = {
  /** Counts the changes of this channel, from 1 on. */
  readonly number: number
  /** The nodes of the channel after it. */
  readonly nodes: readonly string[]
  /** Undefined once it is done. */
  readonly open: OpenChange | undefined
}

export type OpenChange = {
  /** What leads there (ConfigUpdate), packed by gzip; empty where the settings are so already. */
  readonly update: Uint8Array
  /** Signatures of nodes (ConfigSignature); empty by those that found the settings so already. */
  readonly signed: ReadonlyMap<string, Uint8Array>
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

/** What the ledger says of an orderer of channels by BFT: its place, and both certificates. */
export const bftNames = ['bftOrderer', 'bftCertificate', 'bftIdentity'] as const

export function readOrganisation(state: StateReader, node: string): OrganisationState | undefined {
  const object = readObject(state, organisationKey(node))
  if (!object) return undefined
  const [address, certificate] = [object.get('orderer'), object.get('ordererCertificate')]
  const isOrdering = typeof address === 'string' && typeof certificate === 'string'
  const [bft, bftCertificate, identity] = bftNames.map((name) => object.get(name))
  return {
    root: String(object.get('root')),
    peer: String(object.get('peer')),
    orderer: isOrdering ? { address, certificate } : undefined,
    bftOrderer:
      bft === undefined
        ? undefined
        : {
            address: String(bft),
            certificate: String(bftCertificate),
            identity: String(identity),
          },
    version: Number(object.get('version')),
  }
}

export function readChannel(state: StateReader, service: string): ChannelState | undefined {
  const object = readObject(state, channelKey(service))
  const [nodes, block] = [object?.get('nodes'), object?.get('block')]
  if (!Array.isArray(nodes) || !(block instanceof Uint8Array)) return undefined
  return { nodes: nodes.map(String), block }
}

export function readChange(state: StateReader, service: string): ChangeState | undefined {
  const object = readObject(state, changeKey(service))
  if (!object) return undefined
  const [nodes, update, signed] = ['nodes', 'update', 'signed'].map((name) => object.get(name))
  const isOpen = update instanceof Uint8Array && Array.isArray(signed)
  const pairs = isOpen ? (signed as [string, Uint8Array][]) : []
  return {
    number: Number(object.get('number')),
    nodes: Array.isArray(nodes) ? nodes.map(String) : [],
    open: isOpen ? { update, signed: new Map(pairs) } : undefined,
  }
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
