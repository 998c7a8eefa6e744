import type { ContractStep, ContractWarning } from './contract-progress.ts'
import type { Signer } from './signer.ts'

/** A user of an application on Fabric, who signs: the key stays wherever `signer` keeps it. */
export type ContractUser = {
  readonly name: string
  /** The organisation that certified the user. */
  readonly mspId: string
  /** Of the service. */
  readonly channel: string
  /** In PEM; good for a year. `enroll` with the same signer renews it from a month before on. */
  readonly certificate: string
  readonly signer: Signer
}

/**
 * Arguments of a function, in order or by name. Integers as decimal or 0x text, or as safe numbers;
 * bytes as 0x hex; tuples as objects or arrays.
 */
export type ContractArgs = readonly unknown[] | Readonly<Record<string, unknown>>

/** Solidity by path, what of it is meant where there are several contracts, and how to compile. */
export type ContractSources = {
  readonly sources: Readonly<Record<string, string>>
  /** `Name`, or `file.sol:Name`. */
  readonly contract?: string
  readonly settings?: {
    readonly evmVersion?: string
    readonly optimizer?: { readonly enabled?: boolean; readonly runs?: number }
    readonly viaIR?: boolean
    /** Addresses of libraries on the chain, by `file.sol:Name`. */
    readonly libraries?: Readonly<Record<string, string>>
  }
}

/** A contract to deploy: a template, sources, or what a compiler made of them. */
export type NewContract = (
  | { readonly template: string }
  | ContractSources
  | { readonly abi: readonly object[]; readonly bytecode: string }
) & {
  /** What it is called in the service; made of the contract's own name where absent. */
  readonly name?: string
  /** Of its constructor. */
  readonly args?: ContractArgs
  /** In wei, decimal. */
  readonly value?: string
  readonly gas?: number
}

/** What goes along with a call. `value` is in wei, decimal. */
export type ContractCallOptions = {
  readonly value?: string
  /** Whose call it would be; the credential's account where absent. */
  readonly from?: string
  readonly block?: number | 'latest' | 'finalized' | 'earliest'
  /** On Fabric: who asks, and signs it. */
  readonly user?: ContractUser
}

export type ContractWriteOptions = {
  /** Makes the write one act through every gateway; made here where absent. 1 to 255 characters. */
  readonly idempotencyKey?: string
  readonly signal?: AbortSignal
  /** How long to wait until it is final on its chain; 120 s where absent. */
  readonly waitMs?: number
}
export type ContractSendOptions = ContractWriteOptions & {
  readonly value?: string
  readonly gas?: number
  /**
   * On Fabric: whose own transaction it is, signed here in two steps. `request` and `status` go by
   * the transaction's id then, and the same `idempotencyKey` of a user has one effect all the same.
   */
  readonly user?: ContractUser
}

/** A transaction to send: one that was signed, or one that the node signs. */
export type NewTransaction =
  | { readonly raw: string }
  | {
      /** Name or address of a contract, or address of anybody. */
      readonly to: string
      readonly data?: string
      readonly value?: string
      readonly gas?: number
    }

/** Where a call is. `receipt` is base64url of the proof, or `pending`. */
export type CommittedCall<Result> = {
  /** The Idempotency-Key, for `status`. */
  readonly request: string
  /** True where it was there before, and this is where. */
  readonly isRepeat: boolean
  readonly transaction: string
  readonly height: number
  /** Block time, seconds since 1970. */
  readonly time: number
  readonly receipt: string
} & Result

export type DeployedContract = {
  /** What it is called in the service. */
  readonly name?: string
  readonly address: string
}

/** What a transaction did; of Fabric, what the function returned. */
export type SentCall = {
  readonly result?: string
  readonly from?: string
  readonly to?: string
  readonly gasUsed?: string
  /** What contracts told, in order; by name where the ABI is known. */
  readonly events?: readonly {
    readonly contract: string
    readonly event?: string
    readonly args?: unknown
  }[]
}

/** What is known of a write. `not_sent`: nothing of it has an effect, and it may be sent again. */
export type ContractRequestStatus = { readonly request: string } & (
  | ({ readonly state: 'committed' } & Omit<
      CommittedCall<Partial<SentCall & DeployedContract>>,
      'isRepeat' | 'request'
    >)
  | { readonly state: 'not_sent' }
  /** The hash is there once the transaction is signed. */
  | { readonly state: 'pending'; readonly transaction?: string }
  | { readonly state: 'rejected'; readonly code: string; readonly detail: string }
)

/** On a chain it has an address, on Fabric a package. */
export type ContractSummary = {
  readonly name: string
  readonly address?: string
  /** Whether it is known what it was compiled from. */
  readonly hasSource?: boolean
  /** How far the code of the chain is what its source compiles to. */
  readonly verified?: 'exact' | 'metadata differs'
  readonly template?: string
  /** `preset:` and a name, or the SHA-256 of an archive in hex. */
  readonly package?: string
  /** How often it was defined, the first time included. */
  readonly sequence?: number
  /** Who has to endorse, as Fabric writes it. */
  readonly policy?: string
  /** Why the gateway's node does not run the service as it is defined. */
  readonly waitsFor?: string
}
export type ContractObject = ContractSummary & {
  readonly abi?: readonly object[]
  /** The contract that it passes calls on to. */
  readonly proxyOf?: string
  readonly source?: ContractSources & { readonly compiler: string }
  /** On Fabric: what the gateway's node does for it last, or fails at, while it waits. */
  readonly step?: ContractStep
  /** On Fabric, of an archive that was built: what it says that it can be asked for. */
  readonly functions?: readonly string[]
  /** On Fabric, of an archive that was built: what may differ from peer to peer. */
  readonly warnings?: readonly ContractWarning[]
}

/** What a compiler made of sources. */
export type CompiledSources = {
  /** Of the contract, in its source. */
  readonly name: string
  readonly file: string
  readonly abi: readonly object[]
  /** What makes it, without the arguments of its constructor: 0x and hex. */
  readonly bytecode: string
  readonly compiler: string
  /** Each as `file:line:column: text`. */
  readonly warnings: readonly string[]
  readonly sources: Readonly<Record<string, string>>
}

export type ContractTemplate = {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly args: readonly {
    readonly name: string
    readonly type: string
    readonly description: string
  }[]
}

export type ContractTransaction = {
  readonly hash: string
  readonly state: 'committed' | 'rejected' | 'pending'
  readonly height?: number
  readonly time?: number
  readonly from: string
  readonly to?: string
  /** The contract that it made. */
  readonly created?: string
  readonly receipt: string
}

/** What a contract told; by name where its ABI has one for it. */
export type ContractEvent = {
  readonly event?: string
  readonly args?: unknown
  readonly transaction: string
  /** Place in its block. */
  readonly logIndex: number
  readonly height: number
  /** Block time, seconds since 1970. */
  readonly time: number
  /** Who sent the transaction. */
  readonly from: string
  readonly topics: readonly string[]
  readonly data: string
}

export type ContractAccount = {
  readonly address: string
  /** In wei, decimal. */
  readonly balance: string
  readonly nonce: number
}

/** What a contract of Fabric printed on one node. */
export type ContractLog = {
  readonly lines: readonly string[]
  /** There are older lines than these. */
  readonly isCut: boolean
}

/** Contracts of one service, of EVM or Fabric. Writing needs the function `send` and its scope. */
export interface Contracts {
  /**
   * Deploys a contract, and waits until it is final.
   * @throws the gateway's or chain's code where it is refused; CALL_FATE_UNKNOWN where it is not
   * final in time; GATEWAY_UNREACHABLE; in any case with `details.request`, to ask `status` about
   */
  deploy(
    contract: NewContract,
    options?: ContractWriteOptions,
  ): Promise<CommittedCall<DeployedContract>>
  /** Calls a function in a transaction. @throws as `deploy` */
  send(
    contract: string,
    name: string,
    args?: ContractArgs,
    options?: ContractSendOptions,
  ): Promise<CommittedCall<SentCall>>
  /** Sends a transaction. @throws as `deploy` */
  sendTransaction(
    transaction: NewTransaction,
    options?: ContractWriteOptions,
  ): Promise<CommittedCall<SentCall>>
  /** What a function returns; integers as decimal text. Nothing changes. */
  call(
    contract: string,
    name: string,
    args?: ContractArgs,
    options?: ContractCallOptions,
  ): Promise<unknown>
  /** How much gas `send` would take, decimal. @throws why it would fail */
  estimate(
    contract: string,
    name: string,
    args?: ContractArgs,
    options?: Omit<ContractCallOptions, 'block' | 'user'>,
  ): Promise<string>
  /**
   * On Fabric, in services of public-key-upload: has the key of a user of this credential
   * certified, which stays where it is. The same again gives the same; a name keeps its key.
   * @throws USER_EXISTS, KEY_INVALID where the signer is not one of ES256
   */
  enroll(name: string, signer: Signer): Promise<ContractUser>
  list(): Promise<readonly ContractSummary[]>
  /** @throws CONTRACT_NOT_FOUND */
  get(contract: string): Promise<ContractObject>
  /** What a contract told so far, the newest first. @throws CONTRACT_NOT_FOUND */
  events(
    contract: string,
    page?: { readonly cursor?: string; readonly limit?: number },
  ): Promise<{ readonly events: readonly ContractEvent[]; readonly next?: string }>
  /**
   * What a contract of Fabric printed on the node of the gateway, the newest line last: 200 lines,
   * or as many as `lines` says, 2,000 at most. Needs the scope log:read.
   * @throws CONTRACT_NOT_FOUND, CONTRACT_LOG_REFUSED
   */
  log(contract: string, query?: { readonly lines?: number }): Promise<ContractLog>
  templates(): Promise<readonly ContractTemplate[]>
  /**
   * Has sources or a template compiled, and deploys nothing.
   * @throws COMPILE_FAILED with each problem as `file:line:column: text`, COMPILE_LIMIT
   */
  compile(sources: ContractSources | { readonly template: string }): Promise<CompiledSources>
  /** Makes a contract that is on the chain known by a name, at the gateway that is asked. */
  register(
    name: string,
    contract: { readonly address: string; readonly abi: readonly object[] },
  ): Promise<ContractObject>
  /** Has sources compiled and compared with the code of a contract. */
  verify(
    contract: string,
    sources: ContractSources | { readonly template: string },
  ): Promise<ContractObject>
  /** @throws TRANSACTION_NOT_FOUND */
  transaction(hash: string): Promise<ContractTransaction>
  /** What proves a transaction with no server. @throws RECEIPT_PENDING, TRANSACTION_NOT_FOUND */
  proof(hash: string): Promise<Uint8Array>
  /** What became of a write, by its Idempotency-Key. */
  status(idempotencyKey: string): Promise<ContractRequestStatus>
  /** The account that the node keeps for the credential. */
  account(): Promise<ContractAccount>
}
