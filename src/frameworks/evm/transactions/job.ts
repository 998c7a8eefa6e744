import type { CodedError } from '@openbsn/sdk'
import type { Hex } from 'viem'
import { fateUnknown, notSent } from '../../errors.ts'
import type { Account } from '../accounts/accounts.ts'

/** A transaction to be made in the name of an account. */
export type SendJob = {
  readonly account: Account
  /** Absent where it makes a contract. */
  readonly to?: Hex | undefined
  /** With the tag of the act behind it, where it has one. */
  readonly data: Hex
  /** In wei. */
  readonly value: bigint
  /** Estimated where absent. */
  readonly gas?: bigint | undefined
}

/** A transaction that was handed over to a chain. */
export type Sent = {
  readonly hash: Hex
  /** All that it may have in a block, with those of its replacements: it may grow. */
  hashes(): readonly Hex[]
  /** Settles where it comes into no block any more: why. Never rejects. */
  readonly dropped: Promise<CodedError>
}

/** One that is being sent: it can come into a block whatever was told of it. */
export type Started = Pick<Sent, 'hashes' | 'dropped'> & { readonly handedOver: Promise<Sent> }

/** What is under way for one job, and what whoever waits for it is told. */
export class Job {
  readonly content: SendJob
  readonly hashes: Hex[] = []
  /** How often it was kept from being sent. */
  tries = 0
  /** It would revert, as the chain was before what came before it: it is tried once after that. */
  isLater = false
  /** Signed and perhaps on its way. */
  isOnItsWay = false
  readonly #sent = Promise.withResolvers<Sent>()
  readonly #dropped = Promise.withResolvers<CodedError>()
  readonly #signal: AbortSignal | undefined
  readonly #onAbort = () => this.#aborted()
  #hasLeft = false
  #isHandedOver = false
  #isOver = false

  constructor(content: SendJob, signal?: AbortSignal) {
    this.content = content
    this.#signal = signal
    this.#sent.promise.catch(() => undefined)
    signal?.addEventListener('abort', this.#onAbort, { once: true })
    if (signal?.aborted) this.#aborted()
  }

  get sent(): Promise<Sent> {
    return this.#sent.promise
  }

  /** Settles where it comes into no block any more: why. Never rejects. */
  get dropped(): Promise<CodedError> {
    return this.#dropped.promise
  }

  /** Nobody waits for it, and the chain does not have it: there is nothing to be done. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Whoever waited was told that it is not known whether the chain has it, and it is not yet. */
  get isFateUnknown(): boolean {
    return this.#hasLeft && !this.#isHandedOver && !this.#isOver
  }

  /** It may be in a block by this hash. */
  addHash(hash: Hex): void {
    if (!this.hashes.includes(hash)) this.hashes.push(hash)
  }

  /** The chain has it. */
  handedOver(hash: Hex): void {
    if (this.#isHandedOver) return
    this.#isHandedOver = true
    this.#end()
    const { hashes } = this
    this.#sent.resolve({ hash, hashes: () => [...hashes], dropped: this.#dropped.promise })
  }

  /** It is not sent (any more). */
  refuse(error: CodedError): void {
    this.#isOver = true
    this.#end()
    this.#sent.reject(error)
    this.#dropped.resolve(error)
  }

  /** Whoever waits goes without an answer; it stays under way. */
  leave(error: CodedError): void {
    this.#hasLeft = true
    this.#end()
    this.#sent.reject(error)
  }

  #aborted(): void {
    if (this.isOnItsWay) this.leave(fateUnknown('Who sent it waits no more.'))
    else this.refuse(notSent('Who sent it waits no more.'))
  }

  #end(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort)
  }
}
