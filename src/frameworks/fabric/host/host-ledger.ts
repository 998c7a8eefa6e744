/** What a node reads of the alliance's ledger to run Fabric, and what it says there. */
export interface HostLedger {
  /** Services of Fabric that run and that this node is on, or that name no nodes. */
  services(): readonly WantedService[]
  organisation(node: string): OrganisationFacts | undefined
  /** Undefined once it is registered, else why it is not. */
  registerOrganisation(facts: OrganisationFacts): Promise<string | undefined>
  /** As `registerOrganisation`. */
  openChannel(channel: OpenedChannel & { readonly service: string }): Promise<string | undefined>
}

/** An organisation as the others find it: certificates in PEM, places as host:port. */
export type OrganisationFacts = {
  readonly root: string
  readonly peer: string
  readonly orderer?: { readonly address: string; readonly certificate: string } | undefined
}

export type OpenedChannel = {
  /** City nodes whose organisations are its members. */
  readonly nodes: readonly string[]
  /** Its first block, packed by gzip. */
  readonly block: Uint8Array
}

/** What the alliance wants of a service. */
export type WantedService = {
  readonly service: string
  /** City nodes that it names; none stands for those that run Fabric. */
  readonly nodes: readonly string[]
  /** Undefined until one of them opened it. */
  readonly channel: OpenedChannel | undefined
  readonly contracts: readonly WantedContract[]
}

export type WantedContract = {
  readonly name: string
  /** `preset:` and a name, or the SHA-256 of an archive in hex. */
  readonly package: string
  /** Counts the definitions of this name. */
  readonly sequence: number
  readonly policy?: string | undefined
}
