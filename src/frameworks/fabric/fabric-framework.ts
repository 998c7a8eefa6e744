import { CodedError } from '@openbsn/sdk'
import type { BlockIndex } from '../blocks/block-index.ts'
import type { Framework } from '../framework.ts'
import { FabricActs } from './fabric-acts.ts'
import { readInvocation } from './fabric-call.ts'
import { createFabricEvents } from './fabric-events.ts'
import { type Channel, evaluate } from './transactions/make-transaction.ts'

export type FabricOptions = {
  /** Id of the ledger that has the services. */
  readonly ledger: string
}

export type FabricDeps = {
  readonly index: BlockIndex
  /** Undefined where this node has no channel of the service. */
  readonly channelOf: (service: string) => Channel | undefined
  /** True from the moment on that the ledger takes no more statements. */
  readonly isStopped: () => boolean
}

export type FabricFramework = Framework & {
  /** Callers that wait are told that the fate of their calls is unknown. */
  close(): void
}

/**
 * Contracts on channels of Hyperledger Fabric: `send` and `call` with {contract, function, args}.
 * Each block's transactions are registered in the alliance ledger, so that every one has a proof.
 */
export function createFabricFramework(
  { ledger }: FabricOptions,
  { index, channelOf, isStopped }: FabricDeps,
): FabricFramework {
  const acts = new FabricActs(ledger, { index, channelOf })
  return {
    name: 'fabric',
    events: createFabricEvents({ index }),
    submit: (calls, signal) => acts.submit(calls, signal),
    async query(service, { function: name, args }) {
      if (name !== 'call') {
        throw new CodedError('FUNCTION_UNKNOWN', 'Contracts of Fabric are asked by call alone.')
      }
      const read = readInvocation(args)
      if ('code' in read) throw new CodedError(read.code, read.detail)
      const channel = channelOf(service)
      if (channel) return { returned: await evaluate(channel, read) }
      const message = `This node has no channel of the service ${service}.`
      throw new CodedError('CHAIN_UNAVAILABLE', message, { retryable: true })
    },
    status: (act) => acts.status(act),
    receipts: (service, transaction) => {
      const proof = index.proof(service, `0x${transaction}`)
      return proof ? [proof] : []
    },
    close: () => acts.close(),
    unhealthy: () => (isStopped() ? 'The ledger stopped: no block is registered.' : undefined),
  }
}
