import { connect, type Socket } from 'node:net'
import { evmError } from '../errors.ts'

export type IpcOptions = {
  readonly path: string
  /** A longer message ends the connection. */
  readonly messageBytesMax: number
}

export type IpcEvents = {
  readonly onMessage: (message: Buffer) => void
  /** Once, however it ended; `isTooLarge` where a message was longer than may be. */
  readonly onClose: (isTooLarge: boolean) => void
}

/** Messages over a Unix socket: each ends with a line break, and JSON has none inside. */
export interface IpcConnection {
  /** False where what was sent before waits in memory. */
  send(message: Uint8Array): boolean
  pause(): void
  resume(): void
  close(): void
}

const newline = 0x0a
const lineBreak = Buffer.of(newline)

/** Settles when it is connected. @throws CHAIN_UNAVAILABLE */
export async function openIpc(options: IpcOptions, events: IpcEvents): Promise<IpcConnection> {
  const socket = connect(options.path)
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', (cause) => {
      reject(evmError('CHAIN_UNAVAILABLE', 'The chain is not there.', { retryable: true, cause }))
    })
  })
  let isTooLarge = false
  const lines = new Lines(options.messageBytesMax, events.onMessage)
  socket.on('error', () => socket.destroy())
  socket.on('close', () => events.onClose(isTooLarge))
  socket.on('data', (chunk) => {
    if (lines.add(chunk)) return
    isTooLarge = true
    socket.destroy()
  })
  return connectionOver(socket)
}

function connectionOver(socket: Socket): IpcConnection {
  return {
    send: (message) => socket.write(Buffer.concat([message, lineBreak])),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => socket.destroy(),
  }
}

class Lines {
  readonly #bytesMax: number
  readonly #onLine: (line: Buffer) => void
  #parts: Buffer[] = []
  #bytes = 0

  constructor(bytesMax: number, onLine: (line: Buffer) => void) {
    this.#bytesMax = bytesMax
    this.#onLine = onLine
  }

  /** False where a line is longer than may be. */
  add(chunk: Buffer): boolean {
    let from = 0
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
      this.#take(chunk.subarray(from, at))
      from = at + 1
      const [only] = this.#parts
      const line = this.#parts.length === 1 && only ? only : Buffer.concat(this.#parts)
      this.#parts = []
      this.#bytes = 0
      if (line.length > this.#bytesMax) return false
      if (line.length > 0) this.#onLine(line)
    }
    if (from < chunk.length) this.#take(chunk.subarray(from))
    return this.#bytes <= this.#bytesMax
  }

  #take(part: Buffer): void {
    this.#parts.push(part)
    this.#bytes += part.length
  }
}
