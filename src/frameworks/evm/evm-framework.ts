import type { BlockIndex } from '../blocks/block-index.ts'
import type { Framework } from '../framework.ts'
import type { RawActs } from '../raw-acts.ts'
import type { Accounts } from './accounts/accounts.ts'
import type { Chains } from './chain.ts'
import type { ContractRegistry } from './contract-registry.ts'
import type { Compiler } from './contracts/compile.ts'
import { EvmActs } from './evm-acts.ts'
import { createEvmEvents } from './evm-events.ts'
import { queryEvm } from './evm-query.ts'
import type { Screen } from './screen.ts'
import type { Signers } from './signers.ts'
import type { Sender } from './transactions/sender.ts'

export type EvmOptions = {
  /** Id of the ledger that has the services. */
  readonly ledger: string
}

export type EvmDeps = {
  readonly chains: Chains
  readonly accounts: Accounts
  readonly contracts: ContractRegistry
  readonly rawActs: RawActs
  readonly compiler: Compiler
  readonly index: BlockIndex
  readonly senderOf: (service: string) => Sender
  /** Asked about each new transaction before it is signed or sent. */
  readonly screen: Screen
  readonly signers: Signers
  /** True from the moment on that the ledger takes no more statements. */
  readonly isStopped: () => boolean
}

export type EvmFramework = Framework & {
  /** Callers that wait are told that the fate of their calls is unknown. */
  close(): void
}

/**
 * Contracts on EVM chains. Calls in key-trust are transactions of accounts whose keys this node
 * keeps; what clients signed goes as it is. Each block's transactions are registered in the
 * alliance ledger, so that every one has a proof.
 */
export function createEvmFramework({ ledger }: EvmOptions, deps: EvmDeps): EvmFramework {
  const { index, isStopped } = deps
  const acts = new EvmActs(ledger, deps)
  return {
    name: 'evm',
    events: createEvmEvents(deps),
    submit: (calls, signal) => acts.submit(calls, signal),
    query: (service, question) => queryEvm(service, question, deps),
    status: (act) => acts.status(act),
    receipts: (service, transaction) => {
      const proof = index.proof(service, transaction)
      return proof ? [proof] : []
    },
    close: () => acts.close(),
    unhealthy: () => (isStopped() ? 'The ledger stopped: no block is registered.' : undefined),
  }
}
