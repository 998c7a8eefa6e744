/** JSON-RPC as bytes: one request, or a batch, in one call. */
export type ChainCall = {
  readonly body: Uint8Array
  /** True where it may change the chain: it is then sent once and never again by itself. */
  readonly changes: boolean
  /** How many transactions it hands over; none where absent. */
  readonly transactions?: number
  /**
   * It is sent in this epoch alone, where given: what was signed for blocks that are gone would
   * have its effect beside what is signed anew in their place.
   */
  readonly epoch?: number | undefined
  /** Who waits; when it is aborted the answer is not wanted any more. */
  readonly signal: AbortSignal
}

export type StreamEvents = {
  /** One JSON-RPC message of the chain: an answer, or a notification of a subscription. */
  readonly onMessage: (message: Buffer) => void
  /** The chain has ended it, or was ended: subscriptions are gone. */
  readonly onClose: () => void
}

/** A connection of one client, with its subscriptions. */
export interface ChainStream {
  /** False where the chain does not keep up: wait for what was sent before sending more. */
  send(body: Uint8Array): boolean
  /** The client does not keep up: nothing is read until `resume`. */
  pause(): void
  resume(): void
  close(): void
}

/** What some chains speak beside JSON-RPC, over HTTP; which language it is, nobody here knows. */
export const dialectNames = ['rest', 'rest2'] as const
export type DialectName = (typeof dialectNames)[number]

export type DialectRequest = {
  /** A GET changes nothing, and may be sent to several; a POST is sent once. */
  readonly method: 'GET' | 'POST'
  /**
   * What stands behind the address of the dialect, with its query: empty, or from `/` or `?` on.
   */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array | undefined
  readonly signal: AbortSignal
}

export type DialectAnswer = {
  readonly status: number
  readonly contentType: string | undefined
  readonly body: Buffer
}

export interface Dialect {
  /**
   * The answer of the chain as it is, whatever its status.
   * @throws CHAIN_UNAVAILABLE (retryable), CHAIN_FATE_UNKNOWN (of a POST: it may have an effect),
   * CHAIN_ANSWER_TOO_LARGE, CHAIN_TIMEOUT
   */
  ask(request: DialectRequest): Promise<DialectAnswer>
}

/**
 * An EVM chain of one service, seen alike whatever runs it. Bytes go through as they are: what it
 * answers is what the engine answers.
 */
export interface Chain {
  /** EIP-155; the same for as long as the chain is. */
  readonly chainId: number
  readonly kind: 'sandbox' | 'external'
  /**
   * Changes when what was final is not so any more: after a crash a sandbox goes on from its last
   * snapshot. What is remembered of an earlier epoch is to be forgotten.
   */
  readonly epoch: number
  /** What a crash may take away, in seconds before it; 0 where nothing. */
  readonly lossSecondsMax: number
  /** Until which block nothing changes in this epoch; infinity where every block is final. */
  readonly finalHeight: number
  /**
   * The answer of the chain, byte for byte, without a line break at its end.
   * @throws CHAIN_UNAVAILABLE (retryable: nothing of it has an effect), CHAIN_FATE_UNKNOWN (it may
   * have one), CHAIN_BUSY (retryable), CHAIN_FULL, CHAIN_ANSWER_TOO_LARGE, CHAIN_TIMEOUT
   */
  send(call: ChainCall): Promise<Buffer>
  /** @throws CHAIN_UNAVAILABLE, CHAIN_BUSY */
  openStream(events: StreamEvents, signal: AbortSignal): Promise<ChainStream>
  /** Undefined where the chain has none of that name; absent where it never has any. */
  dialect?(name: DialectName): Dialect | undefined
}

/** The chains of one ledger that this node has. */
export interface Chains {
  /** What runs them. */
  readonly engine: 'anvil' | 'external'
  /** True where one that is in use does not come up, or does not answer. */
  isFailing(): boolean
  /** Of a service whose framework is `evm`; undefined where this node has no chain for it. */
  of(service: string): Chain | undefined
  /** What is to be saved is on disk and nothing runs any more. */
  close(): Promise<void>
}
