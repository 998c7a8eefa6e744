import { isCodedError } from '@openbsn/sdk'
import { pause } from '../../../engines/pause.ts'
import type { Clock } from '../../../kernel/clock.ts'
import type { ChainNotice } from '../../chain-notice.ts'
import type { Chain, ChainCall, ChainStream, StreamEvents } from '../chain.ts'
import { evmError } from '../errors.ts'
import { type Anvil, type AnvilRun, createAnvilRun, memoryOf } from './anvil-run.ts'
import { BlockMaker, blockMakerOptions } from './block-maker.ts'
import { openIpc } from './ipc-connection.ts'
import { IpcPool } from './ipc-pool.ts'
import type { SandboxLimits } from './sandbox-limits.ts'
import { SaveState } from './save-state.ts'
import { Snapshots } from './snapshots.ts'

export type SandboxOptions = {
  readonly service: string
  readonly chainId: number
  readonly folder: string
  readonly limits: SandboxLimits
}

export type SandboxDeps = {
  readonly clock: Clock
  /** @throws ENGINE_* */
  readonly anvil: () => Promise<Anvil>
  /** Makes room for one more that runs. @throws CHAIN_BUSY */
  readonly admit: (chain: SandboxChain) => Promise<void>
  /** It runs no more. */
  readonly onAsleep: (chain: SandboxChain) => void
  readonly onNotice: (notice: ChainNotice) => void
}

/** An engine that ended is noticed, and there again, in less time. */
const [triesMax, retryMs] = [40, 50]

/** From the first call until it is asleep again. */
type Waking = { run: AnvilRun | undefined; readonly up: Promise<void> }

/** One that is stopped for its memory so soon after it woke would be so again and again. */
const shortLifeMs = 30_000
const memoryLookMs = 2000

/**
 * The chain of one service in a sandbox. It runs while it is asked, is saved while it changes, and
 * sleeps otherwise: the next call wakes it where it was.
 */
export class SandboxChain implements Chain {
  readonly kind = 'sandbox'
  readonly chainId: number
  /** No block is taken back while the epoch lasts. */
  readonly finalHeight = Number.POSITIVE_INFINITY
  readonly #options: SandboxOptions
  readonly #deps: SandboxDeps
  readonly #snapshots: Snapshots
  readonly #saving: SaveState
  readonly #blocks: BlockMaker
  readonly #streams = new Set<{ close(): void }>()
  #waking: Waking | undefined
  #stopping: Promise<void> | undefined
  #pool: IpcPool | undefined
  #gate = Promise.withResolvers<void>()
  #timer: NodeJS.Timeout | undefined
  #epoch = 0
  #busy = 0
  #usedMs = 0
  #wokeMs = 0
  #lookedMs = 0
  #isFull = false
  #isFailing = false

  constructor(options: SandboxOptions, deps: SandboxDeps) {
    const { chainId, folder, limits } = options
    this.#options = options
    this.#deps = deps
    this.chainId = chainId
    const stateBytesMax = 32 * limits.stateBytesMax
    this.#snapshots = new Snapshots(
      { folder: `${folder}/state`, stateBytesMax },
      { onDamaged: (path) => this.#warn(`a snapshot is damaged and left out: ${path}`) },
    )
    this.#saving = new SaveState(limits.saveIntervalMs, () => performance.now())
    const { pendingMax: transactionsMax, waitingMax, callTimeoutMs } = limits
    const signal = () => AbortSignal.timeout(callTimeoutMs)
    this.#blocks = new BlockMaker(
      { ...blockMakerOptions, transactionsMax, waitingMax },
      {
        pending: async () => this.#runNow().pending(signal()),
        mine: async () => this.#runNow().mine(signal()),
        nowMs: () => performance.now(),
      },
    )
  }

  get epoch(): number {
    return this.#epoch
  }

  get lossSecondsMax(): number {
    return this.#saving.lossSecondsMax
  }

  /** When somebody asked last; undefined while somebody does, so that it is not stopped. */
  get unusedSinceMs(): number | undefined {
    return this.#busy > 0 || this.#stopping !== undefined ? undefined : this.#usedMs
  }

  /** It ended by itself, or did not start, and is not up again. */
  get isFailing(): boolean {
    return this.#isFailing
  }

  get hasStreams(): boolean {
    return this.#streams.size > 0
  }

  async send(call: ChainCall): Promise<Buffer> {
    if (call.changes && this.#isFull) throw full()
    return this.#use(() => this.#ask(call))
  }

  openStream(events: StreamEvents, signal: AbortSignal): Promise<ChainStream> {
    return this.#use(async () => {
      await this.#awake(signal)
      const { answerBytesMax: messageBytesMax } = this.#options.limits
      const path = this.#waking?.run?.socket ?? ''
      const onClose = () => {
        this.#streams.delete(connection)
        events.onClose()
      }
      const options = { path, messageBytesMax }
      const connection = await openIpc(options, { onMessage: events.onMessage, onClose })
      this.#streams.add(connection)
      return connection
    })
  }

  /** Saves what is not saved, and stops. One that cannot be saved goes on, unless `mustStop`. */
  sleep({ mustStop = false } = {}): Promise<void> {
    if (!this.#waking) return Promise.resolve()
    this.#stopping ??= this.#fallAsleep(mustStop).finally(() => {
      this.#stopping = undefined
    })
    return this.#stopping
  }

  async #use<T>(work: () => Promise<T>): Promise<T> {
    this.#busy++
    try {
      return await work()
    } finally {
      this.#busy--
      this.#usedMs = performance.now()
    }
  }

  async #ask(call: ChainCall): Promise<Buffer> {
    for (let tries = 1; ; tries++) {
      const pool = await this.#awake(call.signal)
      if ((call.epoch ?? this.#epoch) !== this.#epoch) throw wentBack()
      try {
        return await this.#askOver(pool, call)
      } catch (error) {
        if (tries >= triesMax || !mayAskAgain(error, call)) throw error
      }
      await pause(retryMs, call.signal)
    }
  }

  async #askOver(pool: IpcPool, call: ChainCall): Promise<Buffer> {
    if (!call.changes) return pool.ask(call)
    this.#saving.changed()
    const { transactions = 0, signal } = call
    const send = () => pool.ask(call)
    try {
      if (transactions === 0) return await this.#blocks.change(send)
      return await this.#blocks.hand(transactions, signal, send)
    } finally {
      // Again: a snapshot that was made meanwhile may be without it.
      this.#saving.changed()
    }
  }

  /** Settles when it answers. @throws CHAIN_UNAVAILABLE, CHAIN_BUSY */
  async #awake(signal: AbortSignal): Promise<IpcPool> {
    if (this.#pool && !this.#stopping) return this.#pool
    await this.#stopping
    this.#waking ??= this.#wake()
    const { promise, reject } = Promise.withResolvers<never>()
    const gone = () => reject(unavailable('The chain did not wake in time.'))
    const late = setTimeout(gone, this.#options.limits.wakeTimeoutMs)
    signal.addEventListener('abort', gone, { once: true })
    try {
      await Promise.race([this.#waking.up, promise])
      await Promise.race([this.#gate.promise, promise])
    } finally {
      clearTimeout(late)
      signal.removeEventListener('abort', gone)
    }
    if (this.#pool) return this.#pool
    throw unavailable('The chain went away meanwhile.')
  }

  /** @throws CHAIN_UNAVAILABLE */
  #runNow(): AnvilRun {
    const run = this.#waking?.run
    if (!run) throw unavailable('The chain went away meanwhile.')
    return run
  }

  #wake(): Waking {
    this.#gate = Promise.withResolvers()
    const waking: { run: AnvilRun | undefined; up: Promise<void> } = {
      run: undefined,
      up: Promise.resolve(),
    }
    waking.up = this.#start(waking)
    // Heard by whoever waits; nobody may wait any more.
    waking.up.catch(() => undefined)
    return waking
  }

  async #start(waking: { run: AnvilRun | undefined }): Promise<void> {
    const { service, limits, ...options } = this.#options
    try {
      await this.#deps.admit(this)
      const anvil = await this.#deps.anvil()
      const run = await createAnvilRun(
        { ...options, limits, anvil },
        {
          clock: this.#deps.clock,
          snapshots: this.#snapshots,
          onUp: () => this.#up(run.socket),
          onDown: (how) => this.#down(how),
        },
      )
      waking.run = run
      await run.start(AbortSignal.timeout(limits.wakeTimeoutMs))
      this.#wokeMs = performance.now()
      this.#usedMs = this.#wokeMs
      const tickMs = Math.max(20, Math.min(1000, limits.idleMs / 4, limits.saveIntervalMs / 4))
      const failed = (error: unknown) => this.#warn('the chain is not looked after', error)
      this.#timer = setInterval(() => this.#tick().catch(failed), tickMs).unref()
    } catch (error) {
      this.#waking = undefined
      this.#deps.onAsleep(this)
      if (isCodedError(error) && error.code === 'CHAIN_BUSY') throw error
      this.#isFailing = true
      this.#deps.onNotice({ level: 'warn', service, text: 'the chain does not wake', err: error })
      throw unavailable('The chain of this service does not start.', error)
    }
  }

  #up(socket: string): void {
    const { limits } = this.#options
    const { callsMax: connectionsMax, callTimeoutMs: timeoutMs } = limits
    this.#blocks.reset()
    this.#pool = new IpcPool({ ...limits, path: socket, connectionsMax, timeoutMs })
    this.#isFailing = false
    this.#gate.resolve()
  }

  /** What was not saved is gone, and whatever was remembered of it may be wrong. */
  #down(how: string): void {
    this.#isFailing = true
    this.#pool?.close()
    this.#pool = undefined
    this.#gate = Promise.withResolvers()
    this.#epoch++
    this.#saving.reset()
    this.#warn(`the chain ended by itself (${how}) and goes on from its last snapshot`)
  }

  async #tick(): Promise<void> {
    const nowMs = performance.now()
    const { idleMs, memoryBytesMax } = this.#options.limits
    if (this.#stopping || !this.#pool) return
    const unusedSinceMs = this.#busy > 0 || this.hasStreams ? nowMs : this.#usedMs
    if (nowMs - unusedSinceMs >= idleMs) return this.sleep()
    await this.#blocks.lookAfter().catch(() => undefined)
    if (this.#saving.isDue()) await this.#save().catch(() => undefined)
    if (nowMs - this.#lookedMs < memoryLookMs) return
    this.#lookedMs = nowMs
    if ((await memoryOf(this.#waking?.run?.pid)) <= memoryBytesMax) return
    if (nowMs - this.#wokeMs < shortLifeMs) this.#setFull('it takes too much memory')
    this.#warn('the chain takes too much memory: it is saved and started again')
    await this.sleep()
  }

  /** @throws what kept it from being saved */
  #save(): Promise<void> {
    const { stateBytesMax } = this.#options.limits
    return this.#saving.run(async () => {
      const run = this.#waking?.run
      if (!run) return false
      try {
        const { packed, isSettled } = await this.#blocks.hold(() => run.dump())
        if (packed.length > stateBytesMax) this.#setFull(`its state is ${packed.length} bytes`)
        await this.#snapshots.save(packed)
        return isSettled
      } catch (error) {
        const isTooLarge = isCodedError(error) && error.code === 'CHAIN_ANSWER_TOO_LARGE'
        if (isTooLarge) this.#setFull('its state is larger than can be saved')
        this.#warn('the chain is not saved', error)
        throw error
      }
    })
  }

  async #fallAsleep(mustStop: boolean): Promise<void> {
    const waking = this.#waking
    await waking?.up.catch(() => undefined)
    // A transaction is in a block a moment after it was accepted.
    for (let tries = 0; tries < 20 && this.#pool && this.#saving.isUnsaved; tries++) {
      const isSaved = await this.#save().then(
        () => true,
        () => false,
      )
      if (!isSaved && !mustStop) return
      if (!isSaved) break
    }
    clearInterval(this.#timer)
    for (const stream of this.#streams) stream.close()
    this.#pool?.close()
    this.#pool = undefined
    await waking?.run?.stop()
    if (this.#waking === waking) this.#waking = undefined
    this.#deps.onAsleep(this)
  }

  #setFull(why: string): void {
    if (this.#isFull) return
    this.#isFull = true
    this.#warn(`the chain takes no more transactions: ${why}`)
  }

  #warn(text: string, err?: unknown): void {
    const { service } = this.#options
    this.#deps.onNotice({ level: 'warn', service, text, ...(err === undefined ? {} : { err }) })
  }
}

/** What was not sent, and a question whose answer was lost. */
function mayAskAgain(error: unknown, { changes, signal }: ChainCall): boolean {
  if (!isCodedError(error) || signal.aborted) return false
  return error.code === 'CHAIN_UNAVAILABLE' || (error.code === 'CHAIN_FATE_UNKNOWN' && !changes)
}

const wentBack = () => unavailable('The chain went back to its last snapshot meanwhile.')

function unavailable(message: string, cause?: unknown) {
  return evmError('CHAIN_UNAVAILABLE', message, { retryable: true, cause })
}

const full = () => evmError('CHAIN_FULL', 'This sandbox takes no more transactions.')
