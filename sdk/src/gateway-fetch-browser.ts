import type { GatewayTrust } from './proven-roots.ts'

/** A browser alone decides whom it trusts: gateways for pages need a certificate that it knows. */
export function createGatewayFetch(_trust: GatewayTrust): typeof fetch {
  return (input, init) => fetch(input, init)
}
