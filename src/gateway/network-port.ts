/** How the network beside a ledger is, as far as this node sees it. */
export type NetworkStatus = {
  readonly id: string
  readonly height: number
  readonly catchingUp: boolean
  readonly peers: readonly { readonly id: string; readonly address: string }[]
}

/** What a joiner sends of itself: public keys and addresses, nothing secret. */
export type JoinRequest = {
  /** Its name in the alliance. */
  readonly node: string
  /** COSE_Key that it signs with in the name of its operator, base64url. */
  readonly operatorKey: string
}

/** What a joiner is told. How the chain begins, it works out from the history. */
export type JoinAnswer = {
  readonly ledger: string
  /** Id of the member that the joiner's node belongs to. */
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
   * Registers the joiner's key; the token is used up, but for the same request once more.
   * @throws INVITATION_INVALID, JOIN_REFUSED, LEDGER_*
   */
  admit(token: string, request: JoinRequest): Promise<JoinAnswer>
}
