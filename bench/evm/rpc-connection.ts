import { connect, type Socket } from 'node:net'
import { HttpConnection } from '../load/http-connection.ts'
import type { RpcTarget } from './rpc-plan.ts'

export type RpcEvents = {
  /** Valid until the handler returns. */
  readonly onAnswer: (body: Buffer) => void
  readonly onProblem: (what: string) => void
}

/** One connection with one request at a time, to whichever end. */
export interface RpcConnection {
  /** A request as it goes over this connection. */
  framed(body: Buffer): Buffer
  send(framed: Buffer): void
  close(): void
}

/** The same work for both ends: bytes that are ready are written, and an answer is found whole. */
export function openRpc(target: RpcTarget, events: RpcEvents): RpcConnection {
  return target.kind === 'door' ? new DoorConnection(target, events) : new Direct(target, events)
}

class DoorConnection implements RpcConnection {
  readonly #path: string
  readonly #http: HttpConnection

  constructor({ port, path }: RpcTarget & { kind: 'door' }, { onAnswer, onProblem }: RpcEvents) {
    this.#path = path
    this.#http = new HttpConnection(port, {
      onProblem,
      onAnswer: ({ status, body }) => {
        if (status === 200) onAnswer(body)
        else onProblem(`HTTP ${status}: ${body.toString()}`)
      },
    })
  }

  framed(body: Buffer): Buffer {
    const head = [
      `POST ${this.#path} HTTP/1.1`,
      'host: 127.0.0.1',
      'content-type: application/json',
      `content-length: ${body.length}`,
      '',
      '',
    ]
    return Buffer.concat([Buffer.from(head.join('\r\n')), body])
  }

  send(framed: Buffer): void {
    this.#http.send(framed)
  }

  close(): void {
    this.#http.close()
  }
}

const newline = 0x0a
const answerBytes = 64 * 1024

class Direct implements RpcConnection {
  readonly #socket: Socket
  readonly #onAnswer: RpcEvents['onAnswer']
  #answer = Buffer.allocUnsafe(answerBytes)
  #length = 0

  constructor({ socket }: RpcTarget & { kind: 'direct' }, { onAnswer, onProblem }: RpcEvents) {
    this.#onAnswer = onAnswer
    this.#socket = connect({
      path: socket,
      onread: {
        buffer: Buffer.allocUnsafe(answerBytes),
        callback: (count, buffer) => {
          this.#take(buffer.subarray(0, count))
          return true
        },
      },
    })
    this.#socket.on('error', (error) => onProblem(error.message))
    this.#socket.on('end', () => onProblem('the engine closed a connection'))
  }

  framed(body: Buffer): Buffer {
    return Buffer.concat([body, Buffer.of(newline)])
  }

  send(framed: Buffer): void {
    this.#socket.write(framed)
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(chunk: Uint8Array): void {
    if (this.#length + chunk.length > this.#answer.length) {
      const larger = Buffer.allocUnsafe(2 * (this.#length + chunk.length))
      this.#answer.copy(larger, 0, 0, this.#length)
      this.#answer = larger
    }
    this.#answer.set(chunk, this.#length)
    this.#length += chunk.length
    if (this.#answer[this.#length - 1] !== newline) return
    const body = this.#answer.subarray(0, this.#length - 1)
    this.#length = 0
    this.#onAnswer(body)
  }
}
