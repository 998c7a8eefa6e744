import { BlockList, isIP } from 'node:net'
import { CodedError } from '@openbsn/sdk'

/** Where a webhook may be delivered to. */
export interface AddressPolicy {
  /** True where a connection to this address may be made; without TLS only to allowed ranges. */
  mayConnect(address: string, options: { readonly isSecure: boolean }): boolean
  /** True where the operator allows ranges at all, and so plain http in them. */
  readonly allowsPlain: boolean
}

/** IANA IPv4 special-purpose addresses that are not globally reachable, and multicast. */
const inner4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'],
  ...['172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16'],
  ...['198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
]
/**
 * Only 2000::/3 is given out, so everything else is inner: loopback, link-local, unique local, and
 * IPv4 in other forms (::/96, ::ffff:0:0/96, 64:ff9b::/96, 64:ff9b:1::/48). Of 2000::/3 these are
 * not global unicast: IETF protocols with Teredo, documentation, 6to4.
 */
const outer6 = '2000::/3'
const inner6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']

/**
 * Everything that is globally reachable, and the given ranges (CIDR).
 * @throws WEBHOOK_RANGE_INVALID
 */
export function createAddressPolicy(allow: readonly string[]): AddressPolicy {
  const allowed = listOf(allow)
  const inner = listOf([...inner4, ...inner6])
  const outer = listOf([outer6])
  return {
    allowsPlain: allow.length > 0,
    mayConnect(address, { isSecure }) {
      const version = isIP(address)
      // A zone (fe80::1%eth0) is a way to name an interface of this machine.
      if (version === 0 || address.includes('%')) return false
      const family = version === 6 ? 'ipv6' : 'ipv4'
      if (allowed.check(address, family)) return true
      if (!isSecure || inner.check(address, family)) return false
      return version === 4 || outer.check(address, family)
    },
  }
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits = ''] = range.split('/')
    const version = isIP(address)
    const bitsMax = version === 6 ? 128 : 32
    if (version === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > bitsMax) {
      throw new CodedError('WEBHOOK_RANGE_INVALID', `${range} is no address range (CIDR).`)
    }
    list.addSubnet(address, Number(bits), version === 6 ? 'ipv6' : 'ipv4')
  }
  return list
}
