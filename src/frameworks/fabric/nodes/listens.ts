import { connect } from 'node:net'

/** Settles where something listens on a port of loopback, and rejects where nothing does. */
export function listens(port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const socket = connect(port, '127.0.0.1')
  socket.once('connect', resolve)
  socket.once('error', reject)
  return promise.finally(() => socket.destroy())
}
