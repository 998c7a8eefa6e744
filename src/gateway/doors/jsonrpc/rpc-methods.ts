import type { JsonValue } from '../../../kernel/json.ts'
import {
  checkCallGas,
  checkChain,
  checkFees,
  checkLogRange,
  checkMine,
  checkSimulation,
  checkSlots,
  checkTimeStep,
} from './rpc-params.ts'
import { askedParties, type ReadParties, signedParties } from './transaction-parties.ts'

/** What a method needs, costs, and may be asked. */
export type MethodRule = {
  /** A function of the service: what a credential must have the right to. */
  readonly function: 'call' | 'send' | 'events'
  /** How many it counts as against the limit of a second. */
  readonly cost: number
  /** Over WebSockets alone: the chain answers later as well. */
  readonly isSocketOnly?: boolean
  /** How much of it goes to the engine at one time: what may take it a tenth of a second is 1. */
  readonly weight?: number
  /** Leaves something in the chain's memory until it is fetched or forgotten. */
  readonly makesFilter?: boolean
  /** Whom the transaction is from and to that it sends: those that are frozen send none. */
  readonly parties?: ReadParties
  /** What is wrong with its parameters, of what would cost the chain too much. */
  readonly check?: (params: readonly JsonValue[], chainId: number) => string | undefined
}

const read = (cost = 1): MethodRule => ({ function: 'call', cost })
const executes = (cost: number, weight: number): MethodRule => ({
  ...read(cost),
  weight,
  check: checkCallGas,
})
const send = (cost: number): MethodRule => ({ function: 'send', cost })
const filter: MethodRule = { function: 'events', cost: 4, makesFilter: true }
const ofFilter = (cost: number): MethodRule => ({ function: 'events', cost })
const socket: MethodRule = { function: 'events', cost: 4, isSocketOnly: true }

/**
 * What every chain is asked. What is not here is refused, and so are admin, personal, miner, debug
 * and trace methods, and those by which an engine lets its owner change the chain.
 */
const standard: Readonly<Record<string, MethodRule>> = {
  web3_clientVersion: read(),
  web3_sha3: read(),
  net_version: read(),
  net_listening: read(),
  eth_chainId: read(),
  eth_protocolVersion: read(),
  eth_syncing: read(),
  eth_config: read(),
  eth_blockNumber: read(),
  eth_gasPrice: read(),
  eth_maxPriorityFeePerGas: read(),
  eth_blobBaseFee: read(),
  eth_feeHistory: { ...read(2), weight: 1, check: checkFees },
  eth_getBalance: read(),
  eth_getCode: read(),
  eth_getStorageAt: read(),
  eth_getStorageValues: { ...read(4), check: checkSlots },
  eth_getTransactionCount: read(),
  eth_getProof: read(4),
  eth_getBlockByHash: read(),
  eth_getBlockByNumber: read(),
  eth_getBlockReceipts: read(4),
  eth_getBlockTransactionCountByHash: read(),
  eth_getBlockTransactionCountByNumber: read(),
  eth_getUncleCountByBlockHash: read(),
  eth_getUncleCountByBlockNumber: read(),
  eth_getUncleByBlockHashAndIndex: read(),
  eth_getUncleByBlockNumberAndIndex: read(),
  eth_getTransactionByHash: read(),
  eth_getTransactionByBlockHashAndIndex: read(),
  eth_getTransactionByBlockNumberAndIndex: read(),
  eth_getTransactionReceipt: read(),
  eth_call: executes(2, 1),
  eth_estimateGas: executes(4, 4),
  eth_createAccessList: executes(4, 2),
  eth_fillTransaction: executes(4, 4),
  eth_simulateV1: { ...read(20), weight: 16, check: checkSimulation },
  eth_getLogs: { ...read(10), weight: 4, check: checkLogRange },
  eth_sendRawTransaction: { ...send(5), check: checkChain, parties: signedParties },
  eth_subscribe: socket,
  eth_unsubscribe: { ...socket, cost: 1 },
}

/**
 * In a sandbox, accounts that everybody knows the keys of are for everybody, and time is moved.
 * Filters are kept by one engine, so behind several addresses they would be lost at each change.
 */
const sandbox: Readonly<Record<string, MethodRule>> = {
  ...standard,
  eth_newFilter: { ...filter, check: checkLogRange },
  eth_newBlockFilter: filter,
  eth_newPendingTransactionFilter: filter,
  eth_uninstallFilter: ofFilter(1),
  eth_getFilterChanges: ofFilter(2),
  eth_getFilterLogs: { ...ofFilter(10), weight: 4 },
  eth_accounts: read(),
  eth_coinbase: read(),
  eth_sendTransaction: { ...send(5), parties: askedParties },
  evm_mine: { ...send(5), check: checkMine },
  evm_increaseTime: { ...send(5), check: checkTimeStep },
}

const plans = { external: standard, sandbox } as const

/** Requests in a dialect: what they ask for, nobody here reads. */
export const dialectRules = { GET: read(2), POST: send(5) } as const

/** The rule of a method on a kind of chain; undefined where it is not offered. */
export function methodRule(kind: keyof typeof plans, method: string): MethodRule | undefined {
  return Object.hasOwn(plans[kind], method) ? plans[kind][method] : undefined
}

/** Every method that some chain offers: names that may be labels of metrics. */
export const knownMethods: ReadonlySet<string> = new Set(Object.keys(sandbox))
