import { WebSocket } from 'ws'
import {
  again,
  bearer,
  briefly,
  type CloudEvent,
  hadLine,
  type Participant,
  servicePath,
} from './participant.ts'
import type { ReaderOptions } from './stream-reader.ts'

type Message = {
  readonly type: string
  readonly position: number
  readonly event: CloudEvent
}

/** Reads events by WebSocket under a name, so that the gateway knows how far it came. */
export class SocketReader implements Participant {
  /** Last position that it has. */
  position = -1
  readonly #options: ReaderOptions
  readonly #name: string

  constructor(name: string, options: ReaderOptions) {
    this.#options = options
    this.#name = name
  }

  run(gateway: string, signal: AbortSignal): Promise<void> {
    return again(signal, () => this.#connect(gateway, signal))
  }

  #connect(gateway: string, signal: AbortSignal): Promise<void> {
    const { tenant, from, history } = this.#options
    const address = `${gateway}${servicePath(tenant)}/events/socket`
    const url = new URL(`${address}?consumer=${this.#name}&from=${from}&window=32`)
    url.protocol = 'ws:'
    const socket = new WebSocket(url, { headers: bearer(tenant) })
    return new Promise((resolve) => {
      const end = () => socket.terminate()
      signal.addEventListener('abort', end)
      socket.on('error', () => undefined) // The gateway is gone; `close` follows.
      socket.on('open', () => history.append([{ kind: 'opened' }]))
      socket.on('message', (data) => this.#take(socket, JSON.parse(String(data)), signal))
      socket.on('close', () => {
        signal.removeEventListener('abort', end)
        resolve()
      })
    })
  }

  #take(socket: WebSocket, { type, position, event }: Message, signal: AbortSignal): void {
    const { history, prng, stopsMsMax } = this.#options
    if (type !== 'event') return
    history.append([hadLine(event)])
    this.position = Math.max(this.position, position)
    const chance = prng.int(0, 100)
    const acknowledge = () => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ ack: position }))
    }
    // It hangs up with events that it has not acknowledged, waits with its word, or says it later.
    if (chance === 0) socket.close()
    else if (chance <= 3) void briefly(prng.int(1, stopsMsMax), signal).then(acknowledge)
    else if (chance <= 60) acknowledge()
    // With the window full and nothing acknowledged, nothing more would come.
    else setTimeout(acknowledge, 20)
  }
}
