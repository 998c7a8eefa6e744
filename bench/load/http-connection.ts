import { connect, type Socket } from 'node:net'

export type HttpAnswer = {
  readonly status: number
  /** Valid until the handler returns. */
  readonly body: Buffer
}

export type ConnectionEvents = {
  readonly onAnswer: (answer: HttpAnswer) => void
  readonly onProblem: (what: string) => void
}

/** Room for the answer to 500 statements; grows where more comes. */
const answerBytes = 64 * 1024

/**
 * One kept-alive HTTP/1.1 connection with one request at a time. Reads of an answer only what a
 * load generator needs, because it shares its cores with the server: status and body by
 * content-length.
 */
export class HttpConnection {
  readonly #socket: Socket
  readonly #events: ConnectionEvents
  #answer = Buffer.allocUnsafe(answerBytes)
  #length = 0
  /** Length of the whole answer; 0 while its head is not there. */
  #expected = 0
  #bodyAt = 0

  constructor(port: number, events: ConnectionEvents) {
    this.#events = events
    this.#socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafe(answerBytes),
        callback: (count, buffer) => {
          this.#take(buffer.subarray(0, count))
          return true
        },
      },
    })
    this.#socket.on('error', (error) => events.onProblem(error.message))
    this.#socket.on('end', () => events.onProblem('the server closed a connection'))
  }

  /** The bytes must stay as they are until the answer. */
  send(request: Uint8Array): void {
    this.#socket.write(request)
  }

  #take(chunk: Uint8Array): void {
    if (this.#length + chunk.length > this.#answer.length) {
      const larger = Buffer.allocUnsafe(2 * (this.#length + chunk.length))
      this.#answer.copy(larger, 0, 0, this.#length)
      this.#answer = larger
    }
    this.#answer.set(chunk, this.#length)
    this.#length += chunk.length
    if (this.#expected === 0) this.#readHead()
    if (this.#expected === 0 || this.#length < this.#expected) return
    const body = this.#answer.subarray(this.#bodyAt, this.#expected)
    this.#length = 0
    this.#expected = 0
    // `HTTP/1.1 201 …`
    const digit = (place: number) => (this.#answer[place] ?? 48) - 48
    this.#events.onAnswer({ status: digit(9) * 100 + digit(10) * 10 + digit(11), body })
  }

  #readHead(): void {
    const end = this.#answer.subarray(0, this.#length).indexOf('\r\n\r\n')
    if (end < 0) return
    const head = this.#answer.toString('latin1', 0, end)
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    if (length === undefined) this.#events.onProblem(`no content-length: ${head}`)
    this.#bodyAt = end + 4
    this.#expected = this.#bodyAt + Number(length ?? 0)
  }

  close(): void {
    this.#socket.destroy()
  }
}
