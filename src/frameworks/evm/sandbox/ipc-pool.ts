import { evmError } from '../errors.ts'
import { type IpcConnection, openIpc } from './ipc-connection.ts'

export type PoolOptions = {
  readonly path: string
  /** Calls under way at one time; more wait. */
  readonly connectionsMax: number
  /** Calls that wait; more are refused. */
  readonly waitingMax: number
  readonly answerBytesMax: number
  readonly timeoutMs: number
}

export type PoolCall = {
  readonly body: Uint8Array
  readonly signal: AbortSignal
}

type Waiting = PromiseWithResolvers<Line>

/**
 * One call at a time on each connection: answers come in any order, and so need no id of ours,
 * which would have to be put into the bytes of the caller.
 */
class Line {
  connection: IpcConnection | undefined
  answer: PromiseWithResolvers<Buffer> | undefined
  isBroken = false

  async open({ path, answerBytesMax: messageBytesMax }: PoolOptions): Promise<void> {
    this.connection = await openIpc(
      { path, messageBytesMax },
      {
        onMessage: (message) => this.answer?.resolve(message),
        onClose: (isTooLarge) => {
          this.isBroken = true
          this.answer?.reject(isTooLarge ? tooLarge() : lost())
        },
      },
    )
  }

  /** @throws CHAIN_TIMEOUT, CHAIN_ANSWER_TOO_LARGE, CHAIN_FATE_UNKNOWN where the chain ended */
  async ask({ body, signal }: PoolCall, timeoutMs: number): Promise<Buffer> {
    const answer = Promise.withResolvers<Buffer>()
    this.answer = answer
    const late = setTimeout(() => answer.reject(timedOut()), timeoutMs)
    const aborted = () => answer.reject(lost())
    signal.addEventListener('abort', aborted, { once: true })
    if (signal.aborted) aborted()
    else this.connection?.send(body)
    try {
      return await answer.promise
    } catch (error) {
      // An answer that is still to come would be taken for that of the next call.
      this.isBroken = true
      this.connection?.close()
      throw error
    } finally {
      this.answer = undefined
      clearTimeout(late)
      signal.removeEventListener('abort', aborted)
    }
  }
}

/** Calls of a sandbox chain over a few connections, in the order in which they came. */
export class IpcPool {
  readonly #options: PoolOptions
  readonly #idle: Line[] = []
  readonly #waiting: Waiting[] = []
  #lines = 0
  #isClosed = false

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /**
   * The answer, byte for byte.
   * @throws CHAIN_UNAVAILABLE where it was not sent, CHAIN_BUSY, CHAIN_TIMEOUT,
   * CHAIN_ANSWER_TOO_LARGE, CHAIN_FATE_UNKNOWN
   */
  async ask(call: PoolCall): Promise<Buffer> {
    const line = await this.#line()
    try {
      if (!line.connection) await line.open(this.#options)
      return await line.ask(call, this.#options.timeoutMs)
    } catch (error) {
      line.isBroken = true
      throw error
    } finally {
      this.#giveBack(line)
    }
  }

  /** Calls under way are lost; those that wait were not sent. */
  close(): void {
    this.#isClosed = true
    for (const line of this.#idle) line.connection?.close()
    for (const { reject } of this.#waiting.splice(0)) reject(gone())
  }

  async #line(): Promise<Line> {
    if (this.#isClosed) throw gone()
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      if (!idle.isBroken) return idle
      this.#lines--
    }
    if (this.#lines < this.#options.connectionsMax) {
      this.#lines++
      return new Line()
    }
    if (this.#waiting.length >= this.#options.waitingMax) throw busy()
    const waiting = Promise.withResolvers<Line>()
    this.#waiting.push(waiting)
    return waiting.promise
  }

  #giveBack(line: Line): void {
    if (this.#isClosed) line.connection?.close()
    const next = this.#waiting.shift()
    const usable = line.isBroken ? new Line() : line
    if (next) next.resolve(usable)
    else if (line.isBroken) this.#lines--
    else this.#idle.push(line)
  }
}

const retryable = { retryable: true } as const
const gone = () => evmError('CHAIN_UNAVAILABLE', 'The chain went away meanwhile.', retryable)
const busy = () => evmError('CHAIN_BUSY', 'Too many calls wait for this chain.', retryable)
const lost = () => evmError('CHAIN_FATE_UNKNOWN', 'The chain ended before it answered.')
const timedOut = () => evmError('CHAIN_TIMEOUT', 'The chain did not answer in time.')
const tooLarge = () =>
  evmError('CHAIN_ANSWER_TOO_LARGE', 'The answer is larger than answers may be: ask for less.')
