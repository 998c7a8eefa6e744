import type { FastifyRequest } from 'fastify'
import { isLoopback } from '../loopback.ts'

const loopbackNames = ['127.0.0.1', 'localhost', '[::1]']
const ownPort = { http: 80, https: 443 } as const

/** The Host header as RFC 9421 has it: lower-case, without the protocol's own port. */
export function authorityOf({ headers, protocol }: FastifyRequest): string {
  const host = (headers.host ?? '').toLowerCase()
  const port = `:${ownPort[protocol]}`
  return host.endsWith(port) ? host.slice(0, -port.length) : host
}

/**
 * True where the Host header means this gateway: by a name that its operator gave, or by the very
 * address that the connection came in on.
 */
export function isOwnAuthority(request: FastifyRequest, names: readonly string[]): boolean {
  const authority = authorityOf(request)
  if (names.includes(authority)) return true
  const { localAddress = '127.0.0.1', localPort } = request.socket
  const bare = localAddress.replace(/^::ffff:/, '')
  const literal = bare.includes(':') ? `[${bare}]` : bare
  const hosts = isLoopback(bare) ? loopbackNames : [literal]
  const isDefault = localPort === undefined || localPort === ownPort[request.protocol]
  return hosts.some((host) => authority === (isDefault ? host : `${host}:${localPort}`))
}

const passedOn = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via']

/** True where a proxy says that somebody else asked it. */
export const isPassedOn = ({ headers }: FastifyRequest): boolean =>
  passedOn.some((name) => headers[name] !== undefined)

/**
 * True for a request that a program on this machine made to this machine. Not for one that a proxy
 * passed on, nor for one of a page whose name was made to lead here (DNS rebinding): that has the
 * page's own name as Host.
 */
export function isLocal(request: FastifyRequest, names: readonly string[]): boolean {
  const { remoteAddress } = request.socket
  if (remoteAddress === undefined || !isLoopback(remoteAddress)) return false
  return !isPassedOn(request) && isOwnAuthority(request, names)
}
