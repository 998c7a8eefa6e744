import { join } from 'node:path'
import { findIsolation } from '../../../engines/isolation.ts'
import type { Clock } from '../../../kernel/clock.ts'
import type { ChainNotice } from '../../chain-notice.ts'
import type { Chains } from '../chain.ts'
import { sandboxChainId } from '../chain-id.ts'
import { evmError } from '../errors.ts'
import type { Anvil } from './anvil-run.ts'
import { SandboxChain } from './sandbox-chain.ts'
import { type SandboxLimits, sandboxLimits } from './sandbox-limits.ts'

export type SandboxChainsOptions = Partial<SandboxLimits> & {
  /** Made where it is missing; each chain has a folder in it. */
  readonly folder: string
  /** Id of the ledger that has the services. */
  readonly ledger: string
}

export type SandboxChainsDeps = {
  /** True for a service of the ledger whose framework is `evm`: it is so for ever. */
  readonly isEvm: (service: string) => boolean
  readonly clock: Clock
  /** The program. @throws ENGINE_* */
  readonly findAnvil: () => Promise<string>
  readonly onNotice: (notice: ChainNotice) => void
}

/** A chain for every EVM service of a sandbox. None runs before it is asked. */
export function createSandboxChains(
  { folder, ledger, ...given }: SandboxChainsOptions,
  deps: SandboxChainsDeps,
): Chains {
  const limits = { ...sandboxLimits, ...given }
  const known = new Map<string, SandboxChain>()
  const awake = new AwakeChains(limits.awakeMax)
  const anvil = once(async (): Promise<Anvil> => {
    const program = await deps.findAnvil()
    return { program, isolation: await findIsolation() }
  })
  let isClosed = false
  return {
    engine: 'anvil',
    isFailing: () => [...known.values()].some((chain) => chain.isFailing),
    of(service) {
      if (isClosed) return undefined
      const found = known.get(service)
      if (found || !deps.isEvm(service)) return found
      const chainId = sandboxChainId(ledger, service)
      const chain = new SandboxChain(
        { service, chainId, folder: join(folder, service), limits },
        {
          ...{ clock: deps.clock, onNotice: deps.onNotice, anvil },
          admit: (one) => awake.admit(one),
          onAsleep: (one) => awake.delete(one),
        },
      )
      known.set(service, chain)
      return chain
    },
    async close() {
      isClosed = true
      await Promise.all([...known.values()].map((chain) => chain.sleep({ mustStop: true })))
    },
  }
}

/** Remembers what came of it; what failed is tried again the next time. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined
      throw error
    })
    return made
  }
}

/** Those that run, and room for one more: the one that nobody asked for longest goes to sleep. */
class AwakeChains {
  readonly #most: number
  readonly #chains = new Set<SandboxChain>()

  constructor(most: number) {
    this.#most = most
  }

  delete(chain: SandboxChain): void {
    this.#chains.delete(chain)
  }

  async admit(chain: SandboxChain): Promise<void> {
    while (this.#chains.size >= this.#most) {
      const idle = [...this.#chains].filter((one) => one.unusedSinceMs !== undefined)
      // Who is only listened to is woken again by whoever writes to it.
      const [first] = idle.toSorted(
        (a, b) =>
          Number(a.hasStreams) - Number(b.hasStreams) ||
          (a.unusedSinceMs ?? 0) - (b.unusedSinceMs ?? 0),
      )
      await first?.sleep()
      if (first && !this.#chains.has(first)) continue
      const message = `All ${this.#most} chains that may run on this node are in use.`
      throw evmError('CHAIN_BUSY', message, { retryable: true })
    }
    this.#chains.add(chain)
  }
}
