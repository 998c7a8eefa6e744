import { type CodedError, isCodedError } from '@openbsn/sdk'
import { pause } from '../../../engines/pause.ts'
import { notSent } from '../../errors.ts'
import type { Account } from '../accounts/accounts.ts'
import type { RpcAnswer } from '../chain-rpc.ts'
import { readQuantity } from '../chain-values.ts'
import { evmError } from '../errors.ts'
import { type AccountView, viewAccount } from './account-view.ts'
import { type ChainRefusal, chainRefusal, refusalError } from './chain-refusal.ts'
import type { ChainFees } from './fees.ts'
import type { Job } from './job.ts'
import { giveFunds, sandboxFunds } from './sandbox-funds.ts'
import type { LaneDeps } from './sender-options.ts'
import { type ReadyJob, UnderWay, type Unsent } from './under-way.ts'

/** EIP-7825: no transaction may use more gas, so that no margin goes above it. */
const transactionGasMax = 16_777_216n
/** Between tries while the chain is away. */
const awayMsMax = 5000
/** Until it is looked again whether the chain has room. */
const roomMs = 20
/** Another try may help: the account, the fees or the nonce are others then. */
const passing = ['nonce', 'gap', 'conflict', 'fee', 'funds']

/**
 * Transactions of one account, in order. In each round what waits is tried, signed with consecutive
 * nonces and sent, a batch at a time; what was sent is watched until it is in a block. Nothing is
 * remembered once all is done: the chain knows the next nonce.
 */
export class Lane {
  readonly #account: Account
  readonly #deps: LaneDeps
  readonly #underWay: UnderWay
  readonly #waiting: Job[] = []
  /** How many are tried at once: fewer where some depend on those before them. */
  #window: number
  #failures = 0
  #running: Promise<void> | undefined
  #wake: (() => void) | undefined

  constructor(account: Account, deps: LaneDeps) {
    this.#account = account
    this.#deps = deps
    this.#underWay = new UnderWay(account, deps)
    this.#window = deps.options.batchMax
  }

  get unknownOutcomes(): number {
    return this.#underWay.unknownOutcomes
  }

  get isIdle(): boolean {
    return this.#running === undefined
  }

  /** @throws CHAIN_BUSY */
  add(job: Job): void {
    if (this.#waiting.length >= this.#deps.options.waitingMax) {
      const message = `${this.#waiting.length} transactions of this account wait already.`
      throw evmError('CHAIN_BUSY', message, { retryable: true })
    }
    this.#waiting.push(job)
    this.#wake?.()
    this.#start()
  }

  /** Settles when nothing is under way any more; those that wait are refused. */
  async close(): Promise<void> {
    this.#wake?.()
    await this.#running
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
      // What came when the last round was over already.
      if (this.#waiting.length > 0) this.#start()
    })
  }

  async #run(): Promise<void> {
    const { signal } = this.#deps
    // What comes in the same turn goes in the same batch.
    await Promise.resolve()
    while (!signal.aborted && this.#waiting.length + this.#underWay.size > 0) {
      try {
        await this.#round()
        this.#failures = 0
      } catch (error) {
        if (!isCodedError(error)) throw error
        this.#failed(error)
        await pause(Math.min(awayMsMax, this.#deps.options.retryMs * 2 ** this.#failures), signal)
        continue
      }
      const { load, options } = this.#deps
      if (load.waiting >= options.inQueueMax) await pause(roomMs, signal)
      else if (this.#waiting.length === 0 && this.#underWay.size > 0) await this.#rest()
    }
    for (const job of this.#waiting.splice(0)) job.refuse(notSent('The node is being stopped.'))
  }

  async #round(): Promise<void> {
    const { chain, fees, signal } = this.#deps
    if (this.#underWay.isOutdated) this.#putBack(await this.#underWay.wentBack())
    const jobs = this.#next()
    const about = { address: this.#account.address, calls: jobs }
    const view = await viewAccount(chain, about, signal)
    const now = await this.#fees()
    if (this.#underWay.isOutdated) return
    const displaced = await this.#underWay.settle(view)
    this.#underWay.saw(view)
    if (chain.kind === 'sandbox' && view.balance < sandboxFunds.least) await this.#giveFunds()
    const ready = this.#judge(jobs, view, now)
    this.#putBack(displaced)
    if (ready.length > 0) {
      const unsent = await this.#underWay.send(ready, now).catch((error: unknown) => {
        this.#putBack(ready.map(({ job }) => job))
        throw error
      })
      await this.#again(unsent, view)
    }
    if (this.#underWay.isOutdated) return
    if (this.#waiting.length === 0) await this.#underWay.fillGap(now)
    await this.#underWay.replaceStuck(view, await fees.current(signal))
  }

  /** Those that are tried now; who waits no more is left out. */
  #next(): Job[] {
    const open = this.#waiting.filter((job) => !job.isOver)
    this.#waiting.splice(0, this.#waiting.length, ...open)
    const { load, options } = this.#deps
    return open.slice(0, Math.max(0, Math.min(this.#window, options.inQueueMax - load.waiting)))
  }

  async #fees(): Promise<ChainFees> {
    const fees = await this.#deps.fees.current(this.#deps.signal)
    const { feeMax } = this.#deps.options
    return { ...fees, maxFeePerGas: least(fees.maxFeePerGas, feeMax) }
  }

  /**
   * What can be sent; the others are refused. Where one would revert and others of the account are
   * before it, they may be what it needs: it is tried again once they are sent, and so are those
   * behind it, which keeps the order.
   */
  #judge(jobs: readonly Job[], { estimates }: AccountView, fees: ChainFees): ReadyJob[] {
    const ready: ReadyJob[] = []
    let decided = 0
    for (const job of jobs) {
      const answer = estimates[decided]
      const found = answer === undefined ? undefined : this.#gasOf(job, answer, fees)
      if (found === undefined) break
      const isFirst = ready.length === 0 && !this.#underWay.isWaiting
      if (typeof found !== 'bigint' && !job.isLater && !isFirst) {
        job.isLater = true
        break
      }
      decided++
      if (typeof found === 'bigint') ready.push({ job, gas: found })
      else job.refuse(refusalError(found))
    }
    const isCut = decided < jobs.length
    if (jobs.length > 0)
      this.#window = isCut
        ? Math.max(1, decided)
        : Math.min(this.#deps.options.batchMax, 2 * this.#window)
    this.#waiting.splice(0, decided)
    return ready.filter(({ job }) => !job.isOver)
  }

  /** Gas to sign with, or why it cannot be sent. */
  #gasOf({ content }: Job, answer: RpcAnswer, fees: ChainFees): bigint | ChainRefusal {
    const { gas: wanted } = content
    if (wanted !== undefined && wanted > fees.blockGasMax) {
      const text = `${wanted} gas is more than the ${fees.blockGasMax} that a block has`
      return { kind: 'gas', text }
    }
    if ('error' in answer) return chainRefusal(answer.error)
    if (wanted !== undefined) return wanted
    const needed = readQuantity(answer.result)
    const roomy = least(needed + needed / this.#deps.options.gasMargin, fees.blockGasMax)
    return needed <= transactionGasMax ? least(roomy, transactionGasMax) : roomy
  }

  /** What another try can help is tried again; the rest is refused. */
  async #again(unsent: readonly Unsent[], { balance }: AccountView): Promise<void> {
    const kinds = new Set(unsent.map(({ refusal }) => refusal.kind))
    if (kinds.has('fee')) this.#deps.fees.forget()
    const mayGive = this.#deps.chain.kind === 'sandbox' && balance < sandboxFunds.given
    if (kinds.has('funds') && mayGive) await this.#giveFunds()
    const again = unsent.filter(({ job, refusal }) => {
      const isPassing = passing.includes(refusal.kind) && (refusal.kind !== 'funds' || mayGive)
      if (isPassing && ++job.tries <= this.#deps.options.triesMax) return true
      job.refuse(refusalError(refusal))
      return false
    })
    this.#putBack(again.map(({ job }) => job))
  }

  /** In front, in their order. */
  #putBack(jobs: readonly Job[]): void {
    this.#waiting.unshift(...jobs)
  }

  #giveFunds(): Promise<void> {
    return giveFunds(this.#deps.chain, this.#account.address, this.#deps.signal)
  }

  /** The chain cannot be asked: nothing of what waits was sent. */
  #failed(error: CodedError): void {
    this.#failures++
    // It may have been too much at one time.
    this.#window = Math.max(1, this.#window >> 1)
    for (const job of this.#waiting.slice(0, this.#window)) job.tries++
    const { triesMax } = this.#deps.options
    const isHopeless = error.code === 'CHAIN_FULL'
    for (const job of this.#waiting) {
      if (isHopeless) job.refuse(error)
      else if (job.tries > triesMax) job.refuse(notSent(error.message, error))
    }
  }

  /** Until it is time to look again, or more is to be sent. */
  async #rest(): Promise<void> {
    const { options, signal } = this.#deps
    // What is in a block only waits until no block is taken back any more.
    const restMs = options.pollMs * (this.#underWay.isWaiting ? 1 : 8)
    const awake = new AbortController()
    this.#wake = () => awake.abort()
    await pause(restMs, AbortSignal.any([awake.signal, signal]))
    this.#wake = undefined
  }
}

const least = (a: bigint, b: bigint) => (a < b ? a : b)
