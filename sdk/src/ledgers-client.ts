import type { Environment } from './genesis.ts'
import { type AskJson, parseJson } from './json-send.ts'
import { askGateway } from './try-gateway.ts'

/** A ledger that a gateway serves. */
export type LedgerSummary = {
  readonly id: string
  readonly name: string
  readonly environment: Environment
  /** Name of the group; the root ledger of the alliance has none. */
  readonly group?: string
  /** Of its last block. */
  readonly height: number
  /** Entries in the log. */
  readonly size: number
}

/** A kind of services. */
export type FrameworkInfo = {
  /** As services name it. */
  readonly name: string
  /** Whether the node that was asked has it. */
  readonly here: boolean
  readonly functions: readonly {
    readonly name: string
    /** What a credential may be made for, to call it. */
    readonly scopes: readonly string[]
  }[]
}

/** Where a ledger stands: roots in hex, time in seconds since 1970. */
export type LedgerInfo = LedgerSummary & {
  readonly time: number
  readonly logRoot: string
  readonly stateRoot: string
  readonly appHash: string
  /** The kinds of services there can be, and what can be called on each. */
  readonly frameworks: readonly FrameworkInfo[]
  readonly validators: readonly {
    readonly kid: string
    readonly algorithm: string
    readonly power: number
  }[]
}

/** The network that a ledger is part of, as the gateway that is asked sees it. */
export type NetworkObject = {
  readonly sequencer: 'solo' | 'cometbft'
  readonly id?: string
  readonly height: number
  readonly catchingUp: boolean
  readonly peers: readonly { readonly id: string; readonly address: string }[]
  readonly validators: readonly {
    readonly kid: string
    readonly power: number
    /** Whether it signed the last block that is final. */
    readonly signed: boolean
  }[]
}

/** What a gateway says of a ledger as a whole; not proven. */
export interface LedgerStatus {
  info(): Promise<LedgerInfo>
  network(): Promise<NetworkObject>
}

/** @throws nothing; the first request does */
export function createLedgerStatus(ask: AskJson): LedgerStatus {
  return { info: () => ask(''), network: () => ask('/network') }
}

export type GatewayQuestion = {
  /** Base address, such as http://127.0.0.1:8420. */
  readonly gateway: string
  readonly fetch?: typeof fetch
  /** 30 s where not said. */
  readonly timeoutMs?: number
}

/**
 * The ledgers that a gateway serves, the live one of its alliance first.
 * @throws GATEWAY_UNREACHABLE (retryable), GATEWAY_ANSWER_INVALID, or the gateway's own code
 */
export async function listLedgers(question: GatewayQuestion): Promise<readonly LedgerSummary[]> {
  const body = await askGateway('/api/v1/ledgers', question)
  return parseJson<{ readonly ledgers: readonly LedgerSummary[] }>(body).ledgers
}

/** The version of the program that a gateway runs. @throws as `listLedgers` */
export async function gatewayVersion(question: GatewayQuestion): Promise<string> {
  const body = await askGateway('/version', question)
  return parseJson<{ readonly version: string }>(body).version
}
