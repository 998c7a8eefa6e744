import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { EventFilter } from '../../frameworks/framework.ts'
import { parseJson } from '../../kernel/json.ts'
import { cloudEvent } from './cloud-event.ts'
import type { Consumer } from './consumers.ts'
import type { EventFeed } from './event-feed.ts'
import type { EventOptions } from './event-options.ts'
import type { Stream } from './streams.ts'

export type SocketOptions = Pick<EventOptions, 'streamBehindMin' | 'streamStallMs'> & {
  readonly ledger: string
  readonly service: string
  readonly from: number
  readonly filter: EventFilter
  /** Events on the way that are not acknowledged. */
  readonly window: number
  /** Signs of life that may stay unanswered. */
  readonly beatsMax: number
}

export type SocketDeps = {
  readonly socket: WebSocket
  /** What the WebSocket runs over. */
  readonly connection: Socket
  readonly feed: EventFeed
  readonly stream: Stream
  /** Where the acknowledged position is kept; undefined where nobody asked for it. */
  readonly consumer: Consumer | undefined
}

/** RFC 6455 section 7.4.1: going away, policy violation; 1013 is "try again later". */
const closeCodes: Readonly<Record<string, number>> = {
  GATEWAY_DRAINING: 1001,
  STREAM_STALLED: 1013,
}
const policyViolation = 1008
/** A client that does not answer a close is gone after so long. */
const closeMs = 2000

/**
 * Sends a service's events to one WebSocket, at most `window` ahead of what it acknowledged and
 * never more than the connection takes. Ends when the client goes or the stream has to end.
 */
export async function runSocket(options: SocketOptions, deps: SocketDeps): Promise<void> {
  const { feed, stream } = deps
  const { signal } = stream
  const { ledger, service, filter } = options
  const out = new EventSocket(options, deps)
  let { from } = options
  while (!signal.aborted) {
    const { events, next } = await feed.next({ service, from, filter, signal })
    for (const event of events) {
      await out.room()
      if (signal.aborted) break
      await out.send(event.position, cloudEvent(event, ledger))
    }
    from = next
  }
}

class EventSocket {
  readonly #options: SocketOptions
  readonly #deps: SocketDeps
  /** Positions that were sent and are not acknowledged, oldest first. */
  readonly #onTheWay: number[] = []
  #acknowledged: number
  #last: number
  #onRoom: (() => void) | undefined
  #beats = 0
  #isToldBehind = false
  #isEnded = false

  constructor(options: SocketOptions, deps: SocketDeps) {
    this.#options = options
    this.#deps = deps
    this.#acknowledged = options.from - 1
    this.#last = options.from - 1
    const { socket, connection, stream } = deps
    socket.on('message', (data, isBinary) => {
      this.#beats = 0
      if (isBinary || !this.#take(String(data))) this.end('ACK_INVALID')
    })
    socket.on('pong', () => {
      this.#beats = 0
    })
    socket.on('error', () => stream.close()) // `close` follows; ws tells both.
    socket.on('close', () => stream.close())
    // Counted from the last byte that the connection took, by Node itself.
    connection.setTimeout(options.streamStallMs, () => {
      if (socket.bufferedAmount > 0) this.end('STREAM_STALLED')
    })
    stream.onBeat = () => this.#beat()
    const onAbort = () => this.end(String(stream.signal.reason))
    if (stream.signal.aborted) onAbort()
    else stream.signal.addEventListener('abort', onAbort, { once: true })
  }

  #beat(): void {
    const { socket } = this.#deps
    // Behind a full buffer it would only be one more thing that is not read.
    if (socket.bufferedAmount > 0) return
    if (this.#onRoom) this.#tellBehind()
    if (this.#beats++ >= this.#options.beatsMax) this.end('STREAM_STALLED')
    else socket.ping()
  }

  /** Settles when one more event may be on the way, or the stream has to end. */
  async room(): Promise<void> {
    const { signal } = this.#deps.stream
    while (this.#onTheWay.length >= this.#options.window && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#onRoom = resolve
      })
      this.#onRoom = undefined
      this.#tellBehind()
    }
  }

  /** Settles when the connection has taken it. */
  send(position: number, event: string): Promise<void> {
    this.#onTheWay.push(position)
    this.#last = position
    return this.#write(`{"type":"event","position":${position},"event":${event}}`)
  }

  #write(text: string): Promise<void> {
    return new Promise((resolve) => {
      // Called too when it fails, which closes the socket and so ends the stream.
      this.#deps.socket.send(text, () => resolve())
    })
  }

  #tellBehind(): void {
    const [position = this.#last] = this.#onTheWay
    const head = this.#deps.feed.head(this.#options.service)
    const isBehind = head - position >= this.#options.streamBehindMin
    if (isBehind && !this.#isToldBehind) {
      void this.#write(JSON.stringify({ type: 'behind', position, head }))
    }
    this.#isToldBehind = isBehind
  }

  /** An acknowledgement; false for what is none. */
  #take(text: string): boolean {
    const position = ackOf(text)
    if (position === undefined || position > this.#last) return false
    if (position <= this.#acknowledged) return true
    this.#acknowledged = position
    const still = this.#onTheWay.findIndex((one) => one > position)
    this.#onTheWay.splice(0, still < 0 ? this.#onTheWay.length : still)
    this.#deps.consumer?.acknowledge(position + 1)
    this.#onRoom?.()
    return true
  }

  /** Closes with the reason that the client is told. */
  end(code: string): void {
    const { socket, stream, consumer } = this.#deps
    // Ending the stream leads here again; the first reason is the one to tell.
    if (this.#isEnded) return
    this.#isEnded = true
    stream.close()
    this.#onRoom?.()
    consumer?.release()
    if (socket.readyState !== socket.OPEN) return
    if (code === 'STREAM_STALLED') {
      const [position = this.#last] = this.#onTheWay
      const head = this.#deps.feed.head(this.#options.service)
      void this.#write(JSON.stringify({ type: 'behind', position, head }))
    }
    socket.close(closeCodes[code] ?? policyViolation, code)
    setTimeout(() => socket.terminate(), closeMs).unref()
  }
}

function ackOf(text: string): number | undefined {
  try {
    const message = parseJson(text, { depthMax: 2, valuesMax: 4 })
    if (typeof message !== 'object' || message === null || Array.isArray(message)) return undefined
    const { ack } = message
    return typeof ack === 'number' && Number.isSafeInteger(ack) && ack >= 0 ? ack : undefined
  } catch {
    return undefined
  }
}
