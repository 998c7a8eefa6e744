import { connect } from 'node:net'

/** Settles where something listens on a port, and rejects where nothing does. */
export function listens(port: number, host = '127.0.0.1'): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const socket = connect(port, host)
  socket.once('connect', resolve)
  socket.once('error', reject)
  return promise.finally(() => socket.destroy())
}
