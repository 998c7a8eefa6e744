import type { BlockIndex } from '../blocks/block-index.ts'
import { notSent } from '../errors.ts'
import type { Framework } from '../framework.ts'
import type { RawActs } from '../raw-acts.ts'
import type { ContractProgress } from './contract-progress.ts'
import { FabricActs, isNodesGateway } from './fabric-acts.ts'
import { createFabricEvents } from './fabric-events.ts'
import { type DefinedContract, queryFabric } from './fabric-query.ts'
import type { Channel } from './transactions/make-transaction.ts'

export type FabricOptions = {
  /** Id of the ledger that has the services. */
  readonly ledger: string
}

export type FabricDeps = {
  readonly index: BlockIndex
  readonly rawActs: RawActs
  /** Undefined where this node has no channel of the service. */
  readonly channelOf: (service: string) => Channel | undefined
  /** As in FabricActsDeps; those of city nodes where not said. */
  readonly isGateway?: (service: string, sender: string) => boolean
  /** What a service waits for on this node; undefined where for nothing. */
  readonly waitsFor: (service: string, contract?: string) => string | undefined
  /** How far this node is with a contract; nowhere where it makes none. */
  readonly progress?: (service: string, contract: DefinedContract) => ContractProgress
  /** What the ledger says of the contracts of a service. */
  readonly contracts: (service: string) => readonly DefinedContract[]
  /** True from the moment on that the ledger takes no more statements. */
  readonly isStopped: () => boolean
}

export type FabricFramework = Framework & {
  /** Callers that wait are told that the fate of their calls is unknown. */
  close(): void
}

/**
 * Contracts on channels of Hyperledger Fabric: `send` and `call` with {contract, function, args};
 * of users who sign, `endorse` with {proposal} and `send` with {raw}.
 * Each block's transactions are registered in the alliance ledger, so that every one has a proof.
 */
export function createFabricFramework(
  { ledger }: FabricOptions,
  { index, rawActs, contracts, waitsFor, progress = () => ({}), isStopped, ...deps }: FabricDeps,
): FabricFramework {
  /** @throws CALL_NOT_SENT */
  function channelOf(service: string): Channel {
    const channel = deps.channelOf(service)
    if (channel) return channel
    const why = waitsFor(service) ?? 'it is not on this node'
    throw notSent(`The service ${service} has no channel on this node yet: ${why}.`)
  }
  const { isGateway = (_service: string, sender: string) => isNodesGateway(sender) } = deps
  const acts = new FabricActs(ledger, { index, rawActs, channelOf, isGateway })
  return {
    name: 'fabric',
    events: createFabricEvents({ index }),
    submit: (calls, signal) => acts.submit(calls, signal),
    query: (service, question) =>
      queryFabric(service, question, { index, channelOf, contracts, waitsFor, progress }),
    status: (act) => acts.status(act),
    receipts: (service, transaction) => {
      const proof = index.proof(service, `0x${transaction}`)
      return proof ? [proof] : []
    },
    close: () => acts.close(),
    unhealthy: () => (isStopped() ? 'The ledger stopped: no block is registered.' : undefined),
  }
}
