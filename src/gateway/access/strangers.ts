import type { FastifyRequest } from 'fastify'
import { isLoopback } from '../loopback.ts'
import type { GatewayOptions } from '../options.ts'
import type { Buckets } from './buckets.ts'
import { rateLimited } from './rate-limited.ts'

export type StrangerOptions = Pick<GatewayOptions, 'addressPerSecond' | 'limitLoopback'>

/** Limits those who are known by their address alone. */
export interface Strangers {
  /** @throws RATE_LIMITED */
  take(request: FastifyRequest): void
}

/**
 * The address is that of the connection: what headers say of it, anybody can write. A network of
 * IPv6 (/64) counts as one, because whoever has one address of it has them all.
 */
export function createStrangers(
  { addressPerSecond, limitLoopback }: StrangerOptions,
  { buckets }: { readonly buckets: Buckets },
): Strangers {
  return {
    take({ socket: { remoteAddress = '' } }) {
      if (!limitLoopback && isLoopback(remoteAddress)) return
      const { granted } = buckets.take(networkOf(remoteAddress), addressPerSecond)
      if (granted === 1) return
      throw rateLimited(`More than ${addressPerSecond} requests a second from this address.`)
    },
  }
}

/** An IPv4 address, or the first four groups of an IPv6 address. */
export function networkOf(address: string): string {
  const bare = address
    .toLowerCase()
    .replace(/^::ffff:(?=[0-9.]+$)/, '')
    .replace(/%.*$/, '')
  if (!bare.includes(':')) return bare
  const [left = '', right] = bare.split('::')
  const head = left === '' ? [] : left.split(':')
  const tail = right ? right.split(':') : []
  const gap = right === undefined ? 0 : 8 - head.length - tail.length
  const groups = [...head, ...Array.from({ length: Math.max(0, gap) }, () => '0'), ...tail]
  return `${groups.slice(0, 4).join(':')}::/64`
}
