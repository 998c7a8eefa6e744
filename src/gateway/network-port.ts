import type { Readable } from 'node:stream'

/** How the network beside a ledger is, as far as this node sees it. */
export type NetworkStatus = {
  readonly id: string
  readonly height: number
  readonly catchingUp: boolean
  readonly peers: readonly { readonly id: string; readonly address: string }[]
}

/** What a network proved of a validator: it signed two blocks of one height. */
export type Equivocation = {
  /** Heights of the first and the last time that this node heard of. */
  readonly first: number
  readonly last: number
  readonly times: number
  /** When this node heard of it last, in seconds since 1970. */
  readonly seen: number
}

/** The network beside a ledger. */
export interface NetworkPort {
  status(): Promise<NetworkStatus>
  /** Statements that somebody was told the fate of is not known, and that have none yet. */
  unknownOutcomes(): number
  /**
   * Seconds since 1970 from which on nothing has been decided although something waits; undefined
   * while the network decides, and until something waits.
   */
  noQuorumSince(): number | undefined
  /** By a validator's Ed25519 key for CometBFT. */
  equivocationOf(consensusKey: Uint8Array): Equivocation | undefined
}

/** What a joiner sends of itself: public keys, addresses and facts; nothing secret. */
export type JoinRequest = {
  /** Its name in the alliance. */
  readonly node: string
  readonly city: string
  /** ISO 3166-1 alpha-2. */
  readonly country: string
  /** Millionths of a degree. */
  readonly latitude: number
  readonly longitude: number
  readonly software: string
  /** Where its gateway will be, as far as it knows; it says so itself when it starts. */
  readonly gateway: string
  /** `id@host:port` of its CometBFT. */
  readonly peer: string
  /** COSE_Keys in base64url: what it signs with in the name of its operator, and blocks with. */
  readonly operatorKey: string
  readonly validatorKey: string
  /** Ed25519 key of its CometBFT, base64url. */
  readonly consensusKey: string
  /**
   * Of a member of its own: the acts that register node and key, signed by that member, base64url.
   * Without them the node is one of the member that invited it.
   */
  readonly acts?: readonly string[]
  /** Height of the snapshot that it took; absent where it took the history. */
  readonly snapshot?: number
}

/** What a joiner is told. How the chain begins, it works out from the ledger that it takes. */
export type JoinAnswer = {
  readonly ledger: string
  /** Id of the member that invited: the joiner's node is its own where it brings no acts. */
  readonly operator: string
  /** `id@host:port` of nodes to connect to. */
  readonly peers: readonly string[]
  /** Height of the first block that the network decides: the history ends before it. */
  readonly initialHeight: number
  /** How far the ledger is. */
  readonly height: number
  readonly entries: number
  /** What time it is for the gateway that invited, in seconds since 1970. */
  readonly time: number
  /** The version of OpenBSN that nodes must have for the next block, if the members said one. */
  readonly software?: string
  /** Where it took a snapshot: JSON of that block of the chain and of the two after it. */
  readonly chain?: readonly string[]
}

/** Lets invited nodes in; a node that is no part of a network has none. */
export interface JoinHost {
  /** @throws INVITATION_INVALID */
  info(token: string): JoinAnswer
  /** Path of an export of the entries from before the network. @throws INVITATION_INVALID */
  history(token: string): Promise<string>
  /**
   * The ledger with its state as of one of the last blocks, to be read once.
   * @throws INVITATION_INVALID, SNAPSHOT_UNAVAILABLE
   */
  snapshot(token: string): Promise<Readable>
  /**
   * Registers the joiner's node and key; the token is used up, but for the same request again.
   * @throws INVITATION_INVALID, JOIN_REFUSED, LEDGER_*, ENGINE_*
   */
  admit(token: string, request: JoinRequest): Promise<JoinAnswer>
}

/** Issues certificates for the gateways of city nodes; on most nodes it says that another does. */
export interface CertificateIssuer {
  /**
   * In DER, for a request that the node's operator signed.
   * @throws CERTIFICATES_NONE, CERTIFICATE_REFUSED, KEY_INVALID, KEY_UNWRAP_FAILED
   */
  issue(request: Uint8Array): Promise<Uint8Array>
}
