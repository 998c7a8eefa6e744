import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { Chain } from '../../../frameworks/evm/chain.ts'
import type { Holder } from '../../access/access.ts'
import type { Stream } from '../../events/streams.ts'
import type { Logger } from '../../logger.ts'
import { type Answer, type AnswerDeps, answerRpc } from './answer-rpc.ts'
import type { RpcCall } from './rpc-calls.ts'
import { Subscriptions } from './subscriptions.ts'

export type RpcSocketOptions = {
  readonly holder: Holder
  readonly chain: Chain
  /** Signs of life that may stay unanswered. */
  readonly beatsMax: number
  /** A client that takes nothing for so long is gone. */
  readonly stallMs: number
  /** Told of each message of the client that was answered. */
  readonly onAnswer: (body: Buffer, answer: Answer, ms: number) => void
}

export type RpcSocketDeps = AnswerDeps & {
  readonly socket: WebSocket
  readonly connection: Socket
  readonly stream: Stream
  readonly logger: Logger
}

/** Requests under way of one client; more wait in its connection. */
const requestsMax = 16
/** What a client has not taken yet; above it nothing more is asked or told. */
const waitingBytesMax = 1024 * 1024

/** RFC 6455 section 7.4.1, and 1012 and 1013 of its registry: restart, try again later. */
const closeCodes: Readonly<Record<string, number>> = {
  GATEWAY_DRAINING: 1001,
  CHAIN_RESTARTED: 1012,
  STREAM_STALLED: 1013,
}
const policyViolation = 1008
const closeMs = 2000

/** Serves JSON-RPC over one WebSocket until either side ends it. Settles then. */
export function runRpcSocket(options: RpcSocketOptions, deps: RpcSocketDeps): Promise<void> {
  const served = new RpcSocket(options, deps)
  return served.ended
}

class RpcSocket {
  readonly ended: Promise<void>
  readonly #options: RpcSocketOptions
  readonly #deps: RpcSocketDeps
  readonly #subscriptions: Subscriptions
  readonly #gone = new AbortController()
  #underWay = 0
  #beats = 0
  #isPaused = false
  #isUnread = false

  constructor(options: RpcSocketOptions, deps: RpcSocketDeps) {
    this.#options = options
    this.#deps = deps
    const { socket, connection, stream } = deps
    this.#subscriptions = new Subscriptions({
      chain: options.chain,
      signal: this.#gone.signal,
      onNotification: (message) => this.#send(message),
      onEnd: () => this.#end('CHAIN_RESTARTED'),
    })
    socket.on('message', (data, isBinary) => this.#take(data as Buffer, isBinary))
    socket.on('pong', () => {
      this.#beats = 0
    })
    socket.on('error', () => socket.terminate())
    this.ended = new Promise((resolve) => socket.once('close', () => resolve(this.#ended())))
    connection.setTimeout(options.stallMs, () => {
      if (socket.bufferedAmount > 0) this.#end('STREAM_STALLED')
    })
    stream.onBeat = () => this.#beat()
    const onAbort = () => this.#end(String(stream.signal.reason))
    if (stream.signal.aborted) onAbort()
    else stream.signal.addEventListener('abort', onAbort, { once: true })
  }

  #take(data: Buffer, isBinary: boolean): void {
    this.#beats = 0
    if (isBinary) {
      this.#end('BINARY')
      return
    }
    this.#underWay++
    this.#regulate()
    const done = () => {
      this.#underWay--
      this.#regulate()
    }
    this.#answer(data).then(done, (err: unknown) => {
      done()
      this.#deps.logger.error({ event: 'request.failed', err }, 'request over a WebSocket failed')
      this.#end('INTERNAL')
    })
  }

  async #answer(body: Buffer): Promise<void> {
    const { holder, chain, onAnswer } = this.#options
    const before = performance.now()
    const subscribe = (call: RpcCall) => this.#subscriptions.ask(call)
    const { signal } = this.#gone
    const answer = await answerRpc({ holder, chain, body, signal, subscribe }, this.#deps)
    this.#send(answer.body)
    onAnswer(body, answer, performance.now() - before)
  }

  #send(message: Buffer | string): void {
    const { socket } = this.#deps
    if (socket.readyState !== socket.OPEN) return
    // Called too when it fails, which closes the socket.
    socket.send(message, { binary: false }, () => this.#regulate())
    this.#regulate()
  }

  /** Who asks faster than it reads, or than the chain answers, waits in its own connection. */
  #regulate(): void {
    const { socket } = this.#deps
    const isUnread = socket.bufferedAmount > waitingBytesMax
    const isOver = isUnread || this.#underWay >= requestsMax
    if (isOver !== this.#isPaused) {
      this.#isPaused = isOver
      if (isOver) socket.pause()
      else socket.resume()
    }
    // Not for requests under way: their answers come over the same connection.
    if (isUnread !== this.#isUnread) {
      this.#isUnread = isUnread
      this.#subscriptions.hold(isUnread)
    }
  }

  #beat(): void {
    const { socket } = this.#deps
    if (socket.bufferedAmount > 0 || this.#isPaused) return
    if (this.#beats++ >= this.#options.beatsMax) this.#end('STREAM_STALLED')
    else socket.ping()
  }

  #end(code: string): void {
    const { socket } = this.#deps
    if (socket.readyState !== socket.OPEN) return
    socket.resume()
    socket.close(closeCodes[code] ?? policyViolation, code)
    setTimeout(() => socket.terminate(), closeMs).unref()
  }

  #ended(): void {
    this.#gone.abort()
    this.#subscriptions.close()
    this.#deps.stream.close()
  }
}
