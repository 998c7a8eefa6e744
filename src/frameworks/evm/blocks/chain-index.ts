import {
  type BlockIndex,
  type BlockIndexDeps,
  type BlockIndexOptions,
  createBlockIndex,
} from '../../blocks/block-index.ts'
import type { Chains } from '../chain.ts'
import { ChainFollower } from './chain-follower.ts'
import type { Watched } from './read-watched.ts'

export type ChainIndexOptions = BlockIndexOptions & {
  /** Between two looks at a sandbox, at least. */
  readonly gatherMs?: number
  /** Between two looks at a chain of others, while somebody waits. */
  readonly pollMs?: number
}

export type ChainIndexDeps = Omit<BlockIndexDeps, 'follow'> & {
  readonly chains: Pick<Chains, 'of'>
  /** Of chains of others: what is to be indexed. */
  readonly watched: (service: string) => Watched
  /** Only grows. */
  readonly nowMs: () => number
}

/** The index of the EVM chains of services. */
export function createChainIndex(options: ChainIndexOptions, deps: ChainIndexDeps): BlockIndex {
  const { gatherMs = 10, pollMs = 1000 } = options
  const { chains, watched, nowMs, onNotice } = deps
  return createBlockIndex(options, {
    ...deps,
    follow: (service, ports) => {
      const chain = chains.of(service)
      if (!chain) return undefined
      const parts = { chain, onNotice, nowMs, watched: () => watched(service) }
      return new ChainFollower({ service, gatherMs, pollMs }, { ...ports, ...parts })
    },
  })
}
