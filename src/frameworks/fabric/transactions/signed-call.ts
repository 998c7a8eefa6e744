import { signerOf } from '../channels/connect-channel.ts'
import { channelOn } from '../channels/open-channel.ts'
import type { HostedChannel } from '../hosted-channel.ts'
import type { Enrolled } from '../organisation/ca-client.ts'
import { endorseProposal, handOver, propose } from './make-transaction.ts'
import { creatorOf, type Invocation } from './proposals.ts'
import { changesSomething } from './write-set.ts'

export type SignedCall = Invocation & {
  readonly contract: string
  readonly nonce: Uint8Array
  /** Of the organisation, in whose own name it is; the gateway where absent. */
  readonly by?: Enrolled
}

/** A call that has its transaction's id, and is not sent yet. */
export type Prepared = {
  /** 64 hex digits. */
  readonly transaction: string
  /** Asks the contract. @throws CONTRACT_*, FUNCTION_UNKNOWN, CALL_NOT_SENT */
  endorse(): Promise<Endorsed>
}

export type Endorsed = {
  /** What the contract returned. */
  readonly result: Uint8Array
  /** Nothing would be another once it is ordered. */
  readonly isQuery: boolean
  /** Settles when the orderers have it. @throws CALL_FATE_UNKNOWN */
  submit(): Promise<void>
}

/**
 * A call in somebody's own name, over the one connection of the gateway: who signs is no matter of
 * who is connected.
 */
export function prepareCall(hosted: HostedChannel, { by, ...call }: SignedCall): Prepared {
  const { gateway } = hosted.client
  const creator = by ? { creator: creatorOf(hosted.mspId, by.certificate) } : {}
  const drafted = propose(channelOn(hosted.client, hosted.name), { ...call, ...creator })
  const sign = by && signerOf(by.key)
  return {
    transaction: drafted.getTransactionId(),
    async endorse() {
      const proposal = sign
        ? gateway.newSignedProposal(drafted.getBytes(), await sign(drafted.getDigest()))
        : drafted
      const endorsed = await endorseProposal(proposal)
      const bytes = endorsed.getBytes()
      return {
        result: endorsed.getResult(),
        isQuery: !changesSomething(bytes),
        submit: async () => {
          const signed = sign
            ? gateway.newSignedTransaction(bytes, await sign(endorsed.getDigest()))
            : endorsed
          await handOver(signed)
        },
      }
    },
  }
}
