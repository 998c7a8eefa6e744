import type { Hex } from 'viem'

/** A credential, and its account on the chain of its service. */
export type SigningFor = {
  readonly service: string
  readonly credential: string
  readonly address: Hex
}

/**
 * Which city node signs for a credential on a chain that several nodes reach. One does, so that a
 * call has one effect, from one account, whatever gateway it comes through.
 */
export interface Signers {
  /**
   * This node does, from now on. @throws SERVICE_ELSEWHERE with the gateway of the node that does,
   * CALL_NOT_SENT (retryable) where that cannot be settled now
   */
  keep(who: SigningFor): Promise<void>
  /** Of the account that signs, whichever node has it; undefined where none is known yet. */
  addressOf(credential: string): Hex | undefined
  /** Another node does not. @throws SERVICE_ELSEWHERE */
  look(credential: string): void
}
