import type { Readable } from 'node:stream'
import { CodedError, type ContractLog, type Environment } from '@openbsn/sdk'
import type { FastifyReply } from 'fastify'
import type { PrivateRecords } from '../compliance/private-payloads/private-records.ts'
import type { Chains } from '../frameworks/evm/chain.ts'
import type { ContractLogQuery } from '../frameworks/fabric/host/contract-log.ts'
import type { HostedChannel } from '../frameworks/fabric/hosted-channel.ts'
import type { Framework } from '../frameworks/framework.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { UsageQuery } from '../metering/usage.ts'
import type { EntryQuery } from './entry-query.ts'
import { groupElsewhere } from './group-directory.ts'
import type { Engine } from './metrics.ts'
import type { CertificateIssuer, JoinHost, NetworkPort } from './network-port.ts'

/** Hyperledger Fabric as this node keeps it. */
export type ServedFabric = {
  /** Undefined until this node is in the channel of the service. */
  hosted(service: string): HostedChannel | undefined
  /**
   * Keeps a package that a contract is defined with, by the SHA-256 of its bytes in hex.
   * @throws PACKAGE_UNWANTED, PACKAGE_TOO_LARGE, PACKAGE_DIGEST_WRONG
   */
  takePackage(digest: string, bytes: Readable): Promise<void>
  /**
   * Gives a package that a contract of the service is defined with to each node of the service.
   * @throws as `takePackage`, where it is not as it must be
   */
  sendPackage(service: string, digest: string, bytes: Readable): Promise<SentPackage[]>
  /**
   * What a contract printed here. Undefined where this node runs no such contract.
   * @throws CONTRACT_LOG_REFUSED
   */
  contractLog(query: ContractLogQuery): Promise<ContractLog | undefined>
}

/** A city node that has a package now, or why not. */
export type SentPackage = { readonly node: string; readonly problem?: string }

/** A ledger with what the gateway needs beside it. */
export type ServedLedger = {
  readonly ledger: Ledger
  readonly entries: EntryQuery
  /** By name, as services name them. */
  readonly frameworks: ReadonlyMap<string, Framework>
  /** Of its EVM services; absent where this node has none. */
  readonly chains?: Chains
  /** Absent where this node only reads. */
  readonly fabric?: ServedFabric
  readonly usage: UsageQuery
  /** What stands behind private records; absent where the node opened no secrets. */
  readonly privateRecords?: PrivateRecords
  /** `live` where absent. */
  readonly environment?: Environment
  /** The member whose gateway this is: credentials name whose may serve them. */
  readonly operatedBy?: string
  /** Its name among the groups of the alliance; absent for the root ledger and a sandbox. */
  readonly group?: string
  /** How its network is, and what lets nodes into it; absent where it is in one process. */
  readonly network?: NetworkPort
  readonly joins?: JoinHost
  /** Absent where the node opened no secrets. */
  readonly certificates?: CertificateIssuer
  /** How far the machine's clock is ahead of block time, where that was found to be wrong. */
  readonly clockOffSeconds?: () => number | undefined
  /** Writes that somebody was told the fate of is not known, and that have none yet; else none. */
  readonly unknownOutcomes?: () => Readonly<Partial<Record<Engine, number>>>
  /** True from the moment on that the ledger takes no more statements. */
  isStopped(): boolean
}

/** The ledgers of one gateway, by id. */
export interface ServedLedgers {
  readonly all: readonly ServedLedger[]
  find(id: string): ServedLedger | undefined
  /** @throws LEDGER_ELSEWHERE for a group that other nodes serve, LEDGER_NOT_FOUND */
  get(id: string): ServedLedger
}

export function createServedLedgers(all: readonly ServedLedger[]): ServedLedgers {
  const byId = new Map(all.map((served) => [served.ledger.id, served]))
  return {
    all,
    find: (id) => byId.get(id),
    get(id) {
      const served = byId.get(id)
      if (served) return served
      throw elsewhere(all, id) ?? notFound()
    },
  }
}

const notFound = () =>
  new CodedError('LEDGER_NOT_FOUND', 'This gateway serves no ledger with that id.')

/** Only the root ledger lists groups, and it comes first. */
function elsewhere([root]: readonly ServedLedger[], id: string): CodedError | undefined {
  const found = root && groupElsewhere(root.ledger, id)
  if (!found) return undefined
  const { group, gateways } = found
  const where = gateways.length === 0 ? 'no node says that it does' : `ask ${gateways.join(', ')}`
  const message = `This node does not keep the group ${group}: ${where}.`
  return new CodedError('LEDGER_ELSEWHERE', message, { details: { gateways: gateways.join(' ') } })
}

/** Which of the two kinds a ledger is, by its genesis. */
export function environmentOf({ ledger }: { readonly ledger: Pick<Ledger, 'genesis'> }) {
  return ledger.genesis.environment ?? 'live'
}

/** Says in the headers of an answer which ledger it is of. */
export function nameLedger(reply: FastifyReply, served: ServedLedger): void {
  reply.header('x-bsn-ledger', served.ledger.id)
  reply.header('x-bsn-environment', environmentOf(served))
}

/** Says in the headers of an answer which chain its service has, and what a crash may take away. */
export function nameChain(
  reply: FastifyReply,
  { chains }: Pick<ServedLedger, 'chains'>,
  service: string,
): void {
  const chain = chains?.of(service)
  if (!chain) return
  const { kind, chainId, lossSecondsMax } = chain
  reply.header('x-bsn-chain', `${chainId}; kind=${kind}`)
  if (lossSecondsMax === 0) return
  reply.header('x-bsn-durability', `snapshot; may-lose-seconds=${lossSecondsMax}`)
}

/** Entries in the log after the last block. */
export function sizeOf({ head }: Pick<Ledger, 'head'>): number {
  return head.firstIndex + head.count
}
