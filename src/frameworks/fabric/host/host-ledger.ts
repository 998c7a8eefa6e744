/** What a node reads of the alliance's ledger to run Fabric, and what it says there. */
export interface HostLedger {
  /** Services of Fabric that stand and that this node is on or in, or that name no nodes. */
  services(): readonly WantedService[]
  /** Undefined where the channel of a service is not open. */
  channel(service: string): OpenedChannel | undefined
  organisation(node: string): OrganisationFacts | undefined
  /** Undefined once it is registered, else why it is not. */
  registerOrganisation(facts: OrganisationFacts): Promise<string | undefined>
  /** As `registerOrganisation`. */
  openChannel(channel: OpenedChannel & { readonly service: string }): Promise<string | undefined>
  /** As `registerOrganisation`. */
  changeChannel(
    change: ChannelChange & { readonly update: Uint8Array },
  ): Promise<string | undefined>
  /** In the name of this node. As `registerOrganisation`. */
  signChange(
    change: NumberedChange & { readonly signature: Uint8Array },
  ): Promise<string | undefined>
  /** As `registerOrganisation`. */
  endChange(change: NumberedChange): Promise<string | undefined>
}

/** An organisation as the others find it: certificates in PEM, places as host:port. */
export type OrganisationFacts = {
  readonly root: string
  readonly peer: string
  readonly orderer?: { readonly address: string; readonly certificate: string } | undefined
  /** Where it orders channels of BFT; undefined where its programs of Fabric cannot. */
  readonly bftOrderer?: BftOrdererFacts | undefined
}

export type BftOrdererFacts = {
  readonly address: string
  /** For TLS. */
  readonly certificate: string
  /** The certificate that it signs blocks with. */
  readonly identity: string
}

export type OpenedChannel = {
  /** City nodes whose organisations are its members. */
  readonly nodes: readonly string[]
  /** Its first block, packed by gzip. */
  readonly block: Uint8Array
}

export type NumberedChange = { readonly service: string; readonly number: number }
export type ChannelChange = NumberedChange & {
  /** Of the channel after it. */
  readonly nodes: readonly string[]
}

/** A change of a channel, the last that there was. */
export type LastChange = {
  readonly number: number
  readonly nodes: readonly string[]
  /** Undefined once it is done. */
  readonly open: OpenChange | undefined
}

export type OpenChange = {
  /** Packed by gzip; empty where the settings are so already. */
  readonly update: Uint8Array
  /** Signatures by nodes; empty of those that found the settings so already. */
  readonly signed: ReadonlyMap<string, Uint8Array>
}

/** What the alliance wants of a service. */
export type WantedService = {
  readonly service: string
  /** Its channel stays as it is while it does not. */
  readonly isRunning: boolean
  /** City nodes that it names; none stands for those that run Fabric. */
  readonly nodes: readonly string[]
  /** Undefined until one of them opened it. */
  readonly channel: OpenedChannel | undefined
  /** Undefined where there was none yet. */
  readonly change: LastChange | undefined
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
