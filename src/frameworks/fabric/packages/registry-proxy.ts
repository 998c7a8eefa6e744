import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'

/** The way of a build to package registries. */
export interface RegistryProxy {
  /** For HTTPS_PROXY. */
  readonly url: string
  /** What was asked for and is not allowed, as `host:port`; at most 20. */
  readonly refused: readonly string[]
  close(): Promise<void>
}

const refusedMax = 20
/** A download that brings nothing for so long is given up. */
const idleMs = 60_000

/**
 * Listens on loopback and leads to these places alone, as `host:port`, by the CONNECT of HTTP. It
 * looks into nothing: what goes through is TLS between the tool and the registry.
 */
export async function openRegistryProxy(allowed: readonly string[]): Promise<RegistryProxy> {
  const refused: string[] = []
  const open = new Set<Duplex>()
  const server = createServer((_, response) => response.writeHead(403).end())
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    open.add(client)
    client.once('close', () => open.delete(client))
    client.on('error', () => undefined)
    const place = (request.url ?? '').toLowerCase()
    if (!allowed.includes(place)) {
      if (refused.length < refusedMax && !refused.includes(place)) refused.push(place)
      client.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      return
    }
    lead(client, { place, head })
  })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(0, '127.0.0.1', resolve)
  await promise
  const { port } = server.address() as AddressInfo
  const close = async () => {
    const closed = new Promise<void>((done) => server.close(() => done()))
    server.closeAllConnections()
    for (const one of open) one.destroy()
    await closed
  }
  return { url: `http://127.0.0.1:${port}`, refused, close }
}

function lead(client: Duplex, { place, head }: { readonly place: string; readonly head: Buffer }) {
  const { hostname: host, port } = new URL(`tcp://${place}`)
  const registry = connect({ host: host.replace(/^\[|\]$/g, ''), port: Number(port) })
  const end = () => {
    registry.destroy()
    client.destroy()
  }
  registry.setTimeout(idleMs, end)
  // What was written is still to arrive.
  registry.once('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'))
  registry.once('close', () => client.end())
  client.once('close', end)
  registry.once('connect', () => {
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    registry.write(head)
    registry.pipe(client)
    client.pipe(registry)
  })
}

/** Where a registry listens, for `openRegistryProxy`; undefined where it is not reached by TLS. */
export function placeOf(registry: string): string | undefined {
  if (!URL.canParse(registry)) return undefined
  const { protocol, hostname, port } = new URL(registry)
  return protocol === 'https:' ? `${hostname}:${port === '' ? 443 : port}` : undefined
}
