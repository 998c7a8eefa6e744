import type { Hex } from 'viem'
import { notSent } from '../../errors.ts'
import { createFeeSource } from './fees.ts'
import { checkInitCode } from './init-code.ts'
import { Job, type SendJob, type Sent, type Started } from './job.ts'
import { Lane } from './lane.ts'
import { sendRaw } from './send-raw.ts'
import {
  type LaneDeps,
  type SenderDeps,
  type SenderOptions,
  senderOptions,
} from './sender-options.ts'

/** Transactions on their way to one chain. */
export interface Sender {
  /**
   * Makes a transaction of an account whose key this node keeps, and settles when the chain has it.
   * What would revert is not sent. Those of one account go in the order in which they come.
   * @throws CALL_REVERTED (details.data: what the contract returned, in hex), GAS_LIMIT_EXCEEDED,
   * INIT_CODE_TOO_LARGE, INSUFFICIENT_FUNDS, NONCE_USED (somebody else uses the account),
   * FEE_TOO_LOW, CHAIN_REFUSED, CHAIN_FULL, CHAIN_BUSY, CALL_NOT_SENT (retryable),
   * CALL_FATE_UNKNOWN (it is still watched: it may come into a block)
   */
  send(job: SendJob, signal: AbortSignal): Promise<Sent>
  /**
   * As `send`, for those who follow it further where its fate is not known.
   * @throws INIT_CODE_TOO_LARGE, CALL_NOT_SENT
   */
  start(job: SendJob, signal?: AbortSignal): Started
  /**
   * Gives a transaction that a client signed to the chain; again, where the chain has it already.
   * @throws TRANSACTION_INVALID, and what `send` does but CALL_REVERTED
   */
  sendRaw(raw: string, signal: AbortSignal): Promise<Sent>
  /** Transactions whose sender was told that their fate is not known, and that have none yet. */
  readonly unknownOutcomes: number
  /** What waits is refused, and nothing is watched any more. */
  close(): Promise<void>
}

const feesFreshMs = 1000

/** Sends to `deps.chain`, as is right for its kind where `options` say nothing else. */
export function createSender(options: Partial<SenderOptions>, deps: SenderDeps): Sender {
  return new ChainSender({ ...senderOptions[deps.chain.kind], ...options }, deps)
}

class ChainSender implements Sender {
  readonly #deps: LaneDeps
  readonly #closed = new AbortController()
  readonly #lanes = new Map<Hex, Lane>()

  constructor(options: SenderOptions, deps: SenderDeps) {
    const fees = createFeeSource({ freshMs: feesFreshMs }, deps)
    const load = { waiting: 0 }
    this.#deps = { ...deps, options, fees, load, signal: this.#closed.signal }
  }

  async send(content: SendJob, signal: AbortSignal): Promise<Sent> {
    return this.start(content, signal).handedOver
  }

  start(content: SendJob, signal?: AbortSignal): Started {
    if (this.#closed.signal.aborted) throw notSent('The node is being stopped.')
    if (content.to === undefined) checkInitCode(content.data)
    const job = new Job(content, signal)
    this.#laneOf(content).add(job)
    return { handedOver: job.sent, hashes: () => [...job.hashes], dropped: job.dropped }
  }

  async sendRaw(raw: string, signal: AbortSignal): Promise<Sent> {
    const { chain, options } = this.#deps
    if (this.#closed.signal.aborted) throw notSent('The node is being stopped.')
    const both = AbortSignal.any([signal, this.#closed.signal])
    return sendRaw(chain, raw, { ...options, signal: both })
  }

  get unknownOutcomes(): number {
    return [...this.#lanes.values()].reduce((sum, lane) => sum + lane.unknownOutcomes, 0)
  }

  async close(): Promise<void> {
    this.#closed.abort()
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close()))
  }

  /** Those that have nothing to do are forgotten, so that there are as many as work. */
  #laneOf({ account }: SendJob): Lane {
    for (const [address, lane] of this.#lanes) if (lane.isIdle) this.#lanes.delete(address)
    const lane = this.#lanes.get(account.address) ?? new Lane(account, this.#deps)
    this.#lanes.set(account.address, lane)
    return lane
  }
}
