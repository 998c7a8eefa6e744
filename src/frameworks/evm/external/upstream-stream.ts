import type { LookupFunction } from 'node:net'
import { type ClientOptions, WebSocket } from 'ws'
import type { ChainStream, StreamEvents } from '../chain.ts'
import { evmError } from '../errors.ts'

export type StreamTarget = { readonly url: string; readonly messageBytesMax: number }
export type StreamAccess = {
  readonly lookup: LookupFunction
  readonly headers: Readonly<Record<string, string>>
}

const handshakeTimeout = 10_000
/** What the upstream has not taken yet: above it, it does not keep up. */
const waitingBytesMax = 1024 * 1024

/** Opens a connection for the subscriptions of one client. */
export function openUpstreamStream(
  { url, messageBytesMax: maxPayload }: StreamTarget,
  { lookup, headers }: StreamAccess,
) {
  return async (events: StreamEvents, signal: AbortSignal): Promise<ChainStream> => {
    const fixed = { handshakeTimeout, maxPayload, headers, perMessageDeflate: false }
    const socket = new WebSocket(url, { ...fixed, followRedirects: false, lookup } as ClientOptions)
    const gone = () => socket.terminate()
    signal.addEventListener('abort', gone, { once: true })
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', (cause) => {
        const message = 'The address for subscriptions of this chain is not there.'
        reject(evmError('CHAIN_UNAVAILABLE', message, { retryable: true, cause }))
      })
    })
    socket.on('error', gone)
    socket.on('message', (data) => events.onMessage(data as Buffer))
    socket.on('close', () => {
      signal.removeEventListener('abort', gone)
      events.onClose()
    })
    return {
      send: (body) => {
        socket.send(body, { binary: false })
        return socket.bufferedAmount <= waitingBytesMax
      },
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      close: gone,
    }
  }
}
