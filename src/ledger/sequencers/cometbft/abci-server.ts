import { createServer, type Server, type Socket } from 'node:net'
import { CodedError } from '@openbsn/sdk'
import type { Request } from 'cosmjs-types/tendermint/abci/types'
import { type AbciMethod, type AbciRequest, decodeRequest, encodeResponse } from './abci-types.ts'

/** One handler per method of ABCI 2.0; what it returns is the method's response. */
export type AbciHandlers = {
  readonly [M in AbciMethod]: (request: AbciRequest<M>) => unknown
}

export type AbciServerDeps = {
  readonly handlers: AbciHandlers
  /** A handler threw, or bytes came that are no request: the engine stops too, by design. */
  readonly onFailure: (error: Error) => void
  /** The last connection has ended: so has the engine, in whatever way. */
  readonly onHangUp: () => void
}

/** A request of CometBFT is at most a block with its proposal's parts. */
const frameBytesMax = 128 * 1024 * 1024

/** These may run while others wait: they change nothing that another call depends on. */
const concurrent: ReadonlySet<AbciMethod> = new Set(['checkTx'])

/**
 * The application's end of ABCI: frames of an unsigned varint length and a protobuf message, over
 * local sockets. Answers leave in the order of the requests of their connection.
 */
export interface AbciServer {
  /** Listens on a local socket. @throws an error of the system */
  listen(path: string): Promise<void>
  /** Hangs up, and waits for what was being handled: a commit under way is done after this. */
  close(): Promise<void>
}

export function createAbciServer(deps: AbciServerDeps): AbciServer {
  const sockets = new Set<Socket>()
  const underWay = new Set<Promise<unknown>>()
  const handle: Handle = (method, request) => {
    const handled = Promise.resolve().then(() => deps.handlers[method](request as never))
    const done = () => underWay.delete(handled)
    underWay.add(handled)
    handled.then(done, done)
    return handled
  }
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => {
      sockets.delete(socket)
      if (sockets.size === 0) deps.onHangUp()
    })
    serve(socket, handle, deps.onFailure)
  })
  return {
    listen: (path) => listenOn(server, path),
    close: async () => {
      const closed = new Promise((done) => server.close(done))
      for (const socket of sockets) socket.destroy()
      await closed
      await Promise.allSettled(underWay)
    },
  }
}

type Handle = (method: AbciMethod, request: object) => Promise<unknown>

function listenOn(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function serve(socket: Socket, handle: Handle, onFailure: AbciServerDeps['onFailure']): void {
  const reader = new FrameReader()
  let tail: Promise<unknown> = Promise.resolve()
  const fail = (error: unknown) => {
    const isFirst = !socket.destroyed
    socket.destroy()
    if (isFirst) onFailure(error instanceof Error ? error : badFrame(String(error)))
  }
  const reply = (method: keyof Request, response: unknown) =>
    socket.write(frameOf(encodeResponse(method, response)))
  const answer = (body: Uint8Array) => {
    const { method, request } = decodeRequest(body)
    if (method === 'echo' || method === 'flush') {
      tail = tail.then(() => reply(method, request)).catch(fail)
      return
    }
    // Begins at once, and is still answered in its turn.
    const early = concurrent.has(method) ? handle(method, request) : undefined
    early?.catch(() => undefined)
    // After a failure, or when the engine has hung up, nothing more may change the ledger.
    tail = tail
      .then(() => (socket.destroyed ? undefined : (early ?? handle(method, request))))
      .then((response) => (socket.destroyed ? undefined : reply(method, response)))
      .catch(fail)
  }
  socket.setNoDelay(true)
  socket.on('error', () => undefined)
  socket.on('data', (chunk) => {
    try {
      for (const body of reader.take(chunk)) answer(body)
    } catch (error) {
      fail(error)
    }
  })
}

const badFrame = (what: string) =>
  new CodedError('ENGINE_PROTOCOL', `CometBFT sent what is no request of ABCI: ${what}.`)

/** Cuts a stream into frames. */
export class FrameReader {
  #pieces: Uint8Array[] = []
  #bytes = 0

  /** The frames that are whole by now. @throws ENGINE_PROTOCOL */
  take(chunk: Uint8Array): Uint8Array[] {
    this.#pieces.push(chunk)
    this.#bytes += chunk.length
    const frames: Uint8Array[] = []
    for (let frame = this.#next(); frame; frame = this.#next()) frames.push(frame)
    return frames
  }

  #next(): Uint8Array | undefined {
    const head = this.#head()
    if (!head || this.#bytes < head.start + head.length) return undefined
    const all = this.#joined()
    const end = head.start + head.length
    this.#pieces = end === all.length ? [] : [all.subarray(end)]
    this.#bytes -= end
    return all.subarray(head.start, end)
  }

  /** Where the body begins and how long it is; undefined while its length is not whole. */
  #head(): { readonly start: number; readonly length: number } | undefined {
    const first = this.#pieces[0]
    if (!first || this.#bytes === 0) return undefined
    const bytes = first.length >= lengthBytesMax ? first : this.#joined()
    let length = 0
    for (let at = 0; at < lengthBytesMax; at++) {
      const byte = bytes[at]
      if (byte === undefined) return undefined
      length += (byte & 0x7f) * 2 ** (7 * at)
      if (length > frameBytesMax) throw badFrame(`a frame of ${length} bytes`)
      if (byte < 0x80) return { start: at + 1, length }
    }
    throw badFrame('a length without an end')
  }

  #joined(): Uint8Array {
    const [first] = this.#pieces
    if (this.#pieces.length === 1 && first) return first
    const all = Buffer.concat(this.#pieces)
    this.#pieces = [all]
    return all
  }
}

/** Of an unsigned varint up to `frameBytesMax`, and a byte more for what is beyond it. */
const lengthBytesMax = 5

/** A body with its length in front. */
export function frameOf(body: Uint8Array): Uint8Array {
  const head: number[] = []
  let rest = body.length
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) head.push((rest % 128) | 0x80)
  head.push(rest)
  return Buffer.concat([Uint8Array.from(head), body])
}
