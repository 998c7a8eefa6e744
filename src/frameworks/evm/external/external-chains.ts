import type { LookupFunction } from 'node:net'
import { isIP } from 'node:net'
import type { ChainNotice } from '../../chain-notice.ts'
import type { Chains, DialectName } from '../chain.ts'
import type { ChainEntry, ChainsFile, UpstreamEntry } from './chains-file.ts'
import { ExternalChain } from './external-chain.ts'
import { createExternalDialect } from './external-dialect.ts'
import { createPoster } from './post-json.ts'
import { Upstream } from './upstream.ts'
import { openUpstreamStream } from './upstream-stream.ts'

export type ExternalChainsDeps = {
  /** True for a service of the ledger whose framework is `evm`. */
  readonly isEvm: (service: string) => boolean
  /** Looks names up, and gives addresses alone that anybody may reach. */
  readonly publicLookup: LookupFunction
  /** Looks names up. */
  readonly lookup: LookupFunction
  readonly nowMs: () => number
  readonly onNotice: (notice: ChainNotice) => void
}

const defaults = { timeoutMs: 10_000, answerBytesMax: 32 * 1024 * 1024, lookMs: 5000 }

/** Chains of others, as the operator's file says. Nothing is asked before somebody asks. */
export function createExternalChains(
  { chains, ...given }: ChainsFile & Partial<typeof defaults>,
  deps: ExternalChainsDeps,
): Chains {
  const options = { ...defaults, ...given }
  const all = new Map(
    Object.entries(chains).map(([service, entry]) => {
      const { chainId, finalDepth = 64, upstreams } = entry
      const made = upstreams.map((one) => {
        const url = new URL(one.url)
        const poster = createPoster({ url, ...accessTo(one.url, one, deps) })
        return new Upstream({ ...options, name: url.host, chainId }, poster, deps.nowMs)
      })
      const about = { service, chainId, finalDepth, lookMs: options.lookMs }
      return [
        service,
        new ExternalChain(about, {
          ...deps,
          ...streamOf(upstreams, options, deps),
          dialects: dialectsOf(service, entry, options, deps),
          upstreams: made,
        }),
      ]
    }),
  )
  return {
    engine: 'external',
    isFailing: () => [...all.values()].some((chain) => chain.isFailing),
    of: (service) => (deps.isEvm(service) ? all.get(service) : undefined),
    close: async () => {
      for (const chain of all.values()) chain.close()
    },
  }
}

/** Subscriptions go to the first entry that has an address for them. */
function streamOf(
  upstreams: readonly UpstreamEntry[],
  { answerBytesMax: messageBytesMax }: typeof defaults,
  deps: ExternalChainsDeps,
) {
  for (const one of upstreams) {
    if (one.ws === undefined) continue
    const target = { url: one.ws, messageBytesMax }
    return { openStream: openUpstreamStream(target, accessTo(one.ws, one, deps)) }
  }
  return {}
}

function dialectsOf(
  service: string,
  { rest, rest2 }: ChainEntry,
  options: typeof defaults,
  deps: ExternalChainsDeps,
) {
  const dialect = (bases: ChainEntry[DialectName]) => {
    const targets = bases?.map((one) => {
      return { url: new URL(one.url), ...accessTo(one.url, one, deps) }
    })
    return targets && createExternalDialect({ ...options, service, targets }, deps)
  }
  return { rest: dialect(rest), rest2: dialect(rest2) }
}

/** An address in figures was named by the operator; a name may lead anywhere. */
function accessTo(
  url: string,
  { mayBePrivate, headers = {} }: Omit<UpstreamEntry, 'url'>,
  deps: Lookups,
) {
  const { hostname } = new URL(url)
  const isNamed = isIP(hostname.replace(/^\[|\]$/g, '')) !== 0 || hostname === 'localhost'
  return { headers, lookup: mayBePrivate || isNamed ? deps.lookup : deps.publicLookup }
}

type Lookups = Pick<ExternalChainsDeps, 'lookup' | 'publicLookup'>
