import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { CodedError } from '@openbsn/sdk'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { WebSocket, WebSocketServer } from 'ws'

/** A connection that asked to become a WebSocket, and what came with it already. */
export type Upgrade = { readonly socket: Socket; readonly head: Buffer }
const upgrades = new WeakMap<IncomingMessage, Upgrade>()

/** True for a request that becomes a WebSocket; any other upgrade is served as if not asked for. */
export function isSocketRequest({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket'
}

/** Has the application's routes, hooks and refusals deal with requests for a WebSocket. */
export function serveUpgrades(app: FastifyInstance): void {
  app.server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const response = new ServerResponse(request)
    upgrades.set(request, { socket, head })
    socket.on('error', () => socket.destroy())
    response.shouldKeepAlive = false
    response.on('finish', () => socket.end())
    response.assignSocket(socket)
    app.routing(request, response)
  })
}

/** A request that becomes a WebSocket. */
export type Accepted = {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly upgrade: Upgrade
}

/** Answers it so, and runs what is said over it. Settles when that ends. */
export function acceptSocket(
  server: WebSocketServer,
  { request, reply, upgrade: { socket, head } }: Accepted,
  run: (socket: WebSocket) => Promise<void>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    reply.raw.detachSocket(socket)
    socket.once('close', () => resolve())
    // What every answer says, such as which ledger it is of.
    const tell = (lines: string[]) => {
      for (const [name, value] of Object.entries(reply.getHeaders())) {
        lines.push(`${name}: ${value}`)
      }
    }
    server.once('headers', tell)
    server.handleUpgrade(request.raw, socket, head, (webSocket) => {
      run(webSocket).then(resolve, reject)
    })
    server.off('headers', tell)
  })
}

/** What is needed to accept it. @throws UPGRADE_REQUIRED */
export function upgradeOf(request: FastifyRequest, reply: FastifyReply): Upgrade {
  const upgrade = upgrades.get(request.raw)
  const { 'sec-websocket-key': key, 'sec-websocket-version': version } = request.headers
  const isRight = key !== undefined && /^[+/0-9A-Za-z]{22}==$/.test(key) && version === '13'
  if (upgrade && isRight) return upgrade
  reply.header('upgrade', 'websocket')
  throw new CodedError('UPGRADE_REQUIRED', 'Ask for a WebSocket (RFC 6455, version 13) here.')
}
