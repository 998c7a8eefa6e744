import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as a receiver of webhooks got it. */
export type Received = { readonly headers: IncomingHttpHeaders; readonly body: string }
export type Reaction = (received: Received, response: ServerResponse) => void

/** A receiver of webhooks on loopback, with a history; it answers 204 unless told otherwise. */
export class Receiver {
  readonly history: Received[] = []
  /** What it does next; the history has the request by then. */
  react: Reaction = (_received, response) => void response.writeHead(204).end()
  #port = 0
  #server = this.#create()
  #waiting: (() => void)[] = []

  static async create(): Promise<Receiver> {
    const own = new Receiver()
    await own.up()
    return own
  }

  #create() {
    return createServer((request, response) => {
      let body = ''
      request.setEncoding('utf8').on('data', (part) => {
        body += part
      })
      request.on('end', () => {
        const received = { headers: request.headers, body }
        this.history.push(received)
        this.react(received, response)
        for (const look of this.#waiting.splice(0)) look()
      })
    })
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hook`
  }

  /** Positions of all events that came, in order, repeats too. */
  get positions(): number[] {
    return this.history.map(({ body }) => Number(JSON.parse(body).position))
  }

  up(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.listen(this.#port, '127.0.0.1', () => {
        this.#port = (this.#server.address() as AddressInfo).port
        resolve()
      })
    })
  }

  /** Refuses connections until `up`. */
  async down(): Promise<void> {
    const ended = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await ended
    this.#server = this.#create()
  }

  /** Waits until `isEnough`; looks after each request. */
  async until(isEnough: () => boolean): Promise<void> {
    while (!isEnough()) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }
}
