import type { FastifyRequest } from 'fastify'
import { authorityOf, isLocal, isOwnAuthority, isPassedOn } from '../gateway/access/own-host.ts'
import { networkOf } from '../gateway/access/strangers.ts'
import type { Logger } from '../gateway/logger.ts'
import { isLoopback } from '../gateway/loopback.ts'
import type { Clock } from '../kernel/clock.ts'
import { createPortalApi, type PortalApi } from '../portal-api/portal-api.ts'
import type { PortalLedger, PortalOptions } from '../portal-api/portal-deps.ts'
import { homePaths } from './create-home.ts'
import type { HomeSecrets } from './home-secrets.ts'

/** What an operator says of the portal. */
export type PortalSettings = Pick<PortalOptions, 'databaseUrl' | 'oidc'>

export type OpenPortalOptions = PortalSettings & {
  readonly home: string
  readonly version: string
  /** What the gateway listens on. */
  readonly host: string
  /** Where others reach the gateway, where that was said. */
  readonly address?: string | undefined
}

export type OpenPortalDeps = {
  readonly secrets: HomeSecrets | undefined
  readonly ledgers: () => readonly PortalLedger[]
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * The API of accounts of a node, and the way to its first account. Undefined where the node only
 * reads: it keeps nothing.
 */
export function openPortal(
  options: OpenPortalOptions,
  deps: OpenPortalDeps,
): PortalApi | undefined {
  const { home, version, host, databaseUrl, oidc } = options
  const { secrets, ledgers, clock, logger } = deps
  if (!secrets) return undefined
  const named = options.address === undefined ? undefined : new URL(options.address)
  const names = named ? [named.host] : []
  const originOf = (request: FastifyRequest) => {
    if (!isOwnAuthority(request, names)) return undefined
    const authority = authorityOf(request)
    // Behind a proxy that ends TLS, the gateway itself speaks plain HTTP.
    return authority === named?.host ? named.origin : `${request.protocol}://${authority}`
  }
  return createPortalApi(
    {
      ...{ file: homePaths(home).portalDatabase, version, databaseUrl, oidc },
      needsSecondFactor: !isLoopback(host) || (named !== undefined && !isLoopback(bareName(named))),
    },
    {
      ...{ ledgers, clock, log: logger, originOf },
      keys: secrets.kek,
      isLocal: (request) => isLocal(request, names) || isFromItself(request, names),
      networkOf: ({ socket }) => networkOf(socket.remoteAddress ?? ''),
    },
  )
}

/** A host name, or an address without the brackets that URLs have around those of IPv6. */
const bareName = ({ hostname }: URL) => hostname.replace(/^\[(.*)\]$/, '$1')

/** A machine that asks itself by another address than loopback's has that address on both ends. */
function isFromItself(request: FastifyRequest, names: readonly string[]): boolean {
  const { remoteAddress, localAddress } = request.socket
  if (remoteAddress === undefined || isPassedOn(request)) return false
  return remoteAddress === localAddress && isOwnAuthority(request, names)
}

/** The setup link as it is printed; what is behind the # never reaches a server, nor a log. */
export function setupUrl(gateway: string, token: string): string {
  const url = new URL(gateway)
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1'
  if (url.hostname === '[::]') url.hostname = '[::1]'
  return `${url.origin}/setup#${token}`
}

type Telling = { readonly gateway: string; readonly logger: Logger }

/** A new setup link, where there is no account. A portal that is down stops nothing. */
export async function newSetup(
  portal: PortalApi | undefined,
  { gateway, logger }: Telling,
): Promise<string | undefined> {
  try {
    const token = await portal?.newSetupToken()
    return token === undefined ? undefined : setupUrl(gateway, token)
  } catch (err) {
    logger.warn({ event: 'portal.unusable', err }, 'accounts cannot be used now')
    return undefined
  }
}

/** As a gateway takes it. */
export const servedPortal = (portal: PortalApi | undefined) =>
  portal ? { portal: portal.routes } : {}
