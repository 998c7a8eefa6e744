import type { LookupFunction } from 'node:net'
import { isIP } from 'node:net'
import type { Chains } from '../chain.ts'
import type { ChainNotice } from '../chain-notice.ts'
import type { ChainsFile, UpstreamEntry } from './chains-file.ts'
import { ExternalChain } from './external-chain.ts'
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
    Object.entries(chains).map(([service, { chainId, finalDepth = 64, upstreams }]) => {
      const made = upstreams.map((one) => {
        const target = {
          url: new URL(one.url),
          lookup: lookupFor(one, deps),
          headers: one.headers ?? {},
        }
        const name = target.url.host
        return new Upstream({ ...options, name, chainId }, createPoster(target), deps.nowMs)
      })
      const streaming = upstreams.find(({ ws }) => ws !== undefined)
      const openStream = streaming && {
        openStream: openUpstreamStream(
          { url: streaming.ws ?? '', messageBytesMax: options.answerBytesMax },
          { lookup: lookupFor(streaming, deps), headers: streaming.headers ?? {} },
        ),
      }
      const about = { service, chainId, finalDepth, lookMs: options.lookMs }
      return [service, new ExternalChain(about, { ...deps, upstreams: made, ...openStream })]
    }),
  )
  return {
    of: (service) => (deps.isEvm(service) ? all.get(service) : undefined),
    close: async () => {
      for (const chain of all.values()) chain.close()
    },
  }
}

/** An address that stands in the file was named by the operator; a name may lead anywhere. */
function lookupFor({ url, mayBePrivate }: UpstreamEntry, deps: ExternalChainsDeps) {
  const { hostname } = new URL(url)
  const isNamed = isIP(hostname.replace(/^\[|\]$/g, '')) !== 0 || hostname === 'localhost'
  return mayBePrivate || isNamed ? deps.lookup : deps.publicLookup
}
