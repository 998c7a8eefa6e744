import { blockOf } from './abci-calls.ts'
import type { Message } from './votes.ts'

/**
 * What a validator says to those it deceives: another block where it proposes, and a vote for that
 * one; what it must sign for, it says of no block.
 */
export class TwoFaces {
  readonly #others = new Map<string, string>()

  /** Only what is its own: it has no key of another validator. */
  turned(messages: readonly Message[], self: number): Message[] {
    return messages.map((message) => {
      if (message.validator !== self) return message
      if (message.kind === 'proposal') {
        const { height, time, txs, id } = message.block
        const block = blockOf(height, time + 1, txs)
        this.#others.set(id, block.id)
        return { ...message, block }
      }
      const other = message.id === null ? undefined : this.#others.get(message.id)
      const id = message.kind === 'prevote' ? (other ?? null) : null
      return { ...message, id, extension: new Uint8Array() }
    })
  }
}
