import { createServer } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import { CodedError } from '@openbsn/sdk'
import type { FastifyInstance } from 'fastify'
import { createDrain, type Drain } from './drain.ts'
import { createGatewayApp, type GatewayDeps } from './gateway-app.ts'
import { isLoopback } from './loopback.ts'
import { type GatewayOptions, gatewayOptions } from './options.ts'
import { createShownCertificate } from './shown-certificate.ts'
import { oldestTls, type Tls } from './tls-files.ts'

/** The way in over HTTP. */
export interface Gateway {
  /** Where it listens, such as http://127.0.0.1:8420. Known after `start`. */
  readonly address: string
  /**
   * Listens. Every ledger must be open.
   * @throws PORT_IN_USE, LISTEN_NEEDS_TLS, LISTEN_FAILED
   */
  start(signal: AbortSignal): Promise<void>
  /** Another certificate for connections from now on; those that are open go on as they are. */
  renewTls(tls: Tls): void
  /**
   * Says no at /readyz and to new requests, lets those under way end, for as long as
   * `drainTimeoutMs`, and stops to listen. Ledgers stay open.
   */
  close(): Promise<void>
}

/**
 * Without `tls` it speaks plain HTTP. While it is `pending` nobody can connect: `renewTls` brings
 * the first certificate.
 */
export type GatewaySettings = Partial<GatewayOptions> & { readonly tls?: Tls | 'pending' }

/** A gateway over open ledgers; options that are not given have the defaults of the schema. */
export function createGateway(given: GatewaySettings, deps: GatewayDeps): Gateway {
  const { tls, ...rest } = given
  const options = { ...gatewayOptions(rest), ...(tls ? { tls } : {}) }
  const drain = createDrain()
  const certificate = tls && createShownCertificate(tls === 'pending' ? undefined : tls, deps)
  let running:
    | { readonly app: FastifyInstance; readonly busy: Busy; readonly url: string }
    | undefined
  let closing: Promise<void> | undefined

  async function start(signal: AbortSignal): Promise<void> {
    requireTls(options)
    signal.throwIfAborted()
    const shown = certificate ? { certificate } : {}
    const app = await createGatewayApp(options, { ...deps, ...shown }, drain)
    app.server.maxConnections = options.connectionsMax
    const busy = watchBusy(app, drain)
    try {
      const url = await app.listen({ host: options.host, port: options.port })
      running = { app, busy, url }
      certificate?.start()
      deps.logger.info({ event: 'gateway.listening', host: options.host }, `listening on ${url}`)
    } catch (cause) {
      await app.close()
      throw listenError(options, cause)
    }
  }

  async function stop(): Promise<void> {
    drain.begin()
    certificate?.close()
    if (!running) return
    const { app, busy } = running
    await sleep(options.drainDelayMs)
    const isIdle = await busy.idle(options.drainTimeoutMs)
    if (!isIdle) deps.logger.warn({ event: 'gateway.cut_off' }, 'requests were cut off')
    app.server.closeAllConnections()
    await app.close()
  }

  return {
    get address() {
      return running?.url ?? `http://${options.host}:${options.port}`
    },
    start,
    renewTls({ key, cert }) {
      const server = running?.app.server
      if (!(server instanceof TlsServer)) return
      server.setSecureContext({ key, cert, minVersion: oldestTls })
      certificate?.show({ key, cert })
    },
    close() {
      closing ??= stop()
      return closing
    },
  }
}

/** That an address can be listened on, before something is made for it. @throws as `start` */
export function requireFreeAddress(address: Pick<GatewayOptions, 'host' | 'port'>): Promise<void> {
  const probe = createServer()
  return new Promise((resolve, reject) => {
    probe.once('error', (cause) => reject(listenError(address, cause)))
    probe.listen(address, () => probe.close(() => resolve()))
  })
}

/** That an address may be listened on. @throws LISTEN_NEEDS_TLS */
export function requireTls({
  host,
  tls,
}: Pick<GatewaySettings, 'tls'> & { readonly host: string }): void {
  if (isLoopback(host) || tls) return
  const message = `The gateway listens beyond this machine only with TLS; ${host} is not loopback.`
  throw new CodedError('LISTEN_NEEDS_TLS', message, { details: { host } })
}

function listenError(
  { host, port }: Pick<GatewayOptions, 'host' | 'port'>,
  cause: unknown,
): CodedError {
  const details = { host, port }
  const system = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason'
  if (system === 'EADDRINUSE') {
    const message = `Port ${port} is in use. Stop what uses it, or choose another one: --port N.`
    return new CodedError('PORT_IN_USE', message, { details, cause })
  }
  const message = `Cannot listen on ${host}, port ${port}: ${system}.`
  return new CodedError('LISTEN_FAILED', message, { details, cause })
}

type Busy = {
  /** True once no request is under way; false where that takes longer. */
  idle(timeoutMs: number): Promise<boolean>
}

/** Requests that come while draining are answered at once and do not count. */
function watchBusy(app: FastifyInstance, drain: Drain): Busy {
  let underWay = 0
  let onIdle: (() => void) | undefined
  const ended = () => {
    underWay--
    if (underWay === 0) onIdle?.()
  }
  app.server.on('request', (_request, response) => {
    if (drain.isDraining) return
    underWay++
    response.once('close', ended)
  })
  return {
    idle(timeoutMs) {
      if (underWay === 0) return Promise.resolve(true)
      return new Promise((resolve) => {
        const timer = setTimeout(() => resolve(false), timeoutMs)
        onIdle = () => {
          clearTimeout(timer)
          resolve(true)
        }
      })
    },
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
