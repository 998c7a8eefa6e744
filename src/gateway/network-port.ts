/** How the network beside a ledger is, as far as this node sees it. */
export type NetworkStatus = {
  readonly id: string
  readonly height: number
  readonly catchingUp: boolean
  readonly peers: readonly { readonly id: string; readonly address: string }[]
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
}

/** What a joiner is told. How the chain begins, it works out from the history. */
export type JoinAnswer = {
  readonly ledger: string
  /** Id of the member that invited: the joiner's node is its own where it brings no acts. */
  readonly operator: string
  /** `id@host:port` of nodes to connect to. */
  readonly peers: readonly string[]
  /** Height of the first block that the network decides: the history ends before it. */
  readonly initialHeight: number
}

/** Lets invited nodes in; a node that is no part of a network has none. */
export interface JoinHost {
  /** @throws INVITATION_INVALID */
  info(token: string): JoinAnswer
  /** Path of an export of the entries from before the network. @throws INVITATION_INVALID */
  history(token: string): Promise<string>
  /**
   * Registers the joiner's node and key; the token is used up, but for the same request again.
   * @throws INVITATION_INVALID, JOIN_REFUSED, LEDGER_*
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
