import type { Environment } from '../engines/go-build.ts'
import type { CommittedEntry, EntryLists } from '../frameworks/blocks/block-entries.ts'
import type { Chains } from '../frameworks/evm/chain.ts'
import type { ChainsFile } from '../frameworks/evm/external/chains-file.ts'
import type { ChannelsFile } from '../frameworks/fabric/external/channels-file.ts'
import type { Framework } from '../frameworks/framework.ts'
import type { Logger } from '../gateway/logger.ts'
import type { ServedFabric } from '../gateway/served-ledger.ts'
import type { Clock } from '../kernel/clock.ts'
import type { OpenLedger } from '../ledger/open-ledger.ts'
import type { homePaths } from './create-home.ts'
import type { HomeSecrets } from './home-secrets.ts'
import type { Member } from './member.ts'
import { openChains } from './open-chains.ts'
import { openEvm } from './open-evm.ts'
import { openFabric } from './open-fabric.ts'

export type OpenFrameworksOptions = {
  readonly paths: ReturnType<typeof homePaths>
  /** Where other nodes reach this node's peer and orderer of Fabric. */
  readonly fabricHost: string
  /** Where tools are that packages of contracts are built with. */
  readonly env: Environment
}

export type OpenFrameworksDeps = {
  readonly ledger: OpenLedger
  readonly lists: EntryLists
  readonly secrets: HomeSecrets
  readonly operator: Member | undefined
  /** The name of this node in the alliance; undefined until it is registered. */
  readonly node: () => string | undefined
  readonly findEngine?: ((name: string) => Promise<string>) | undefined
  readonly externalChains?: ChainsFile | undefined
  readonly externalChannels?: ChannelsFile | undefined
  readonly clock: Clock
  readonly logger: Logger
  readonly isStopped: () => boolean
}

/** What of a ledger's services is kept by programs beside the node. */
export type OpenFrameworks = {
  readonly frameworks: readonly Framework[]
  readonly chains?: Chains
  readonly fabric?: ServedFabric
  /** Transactions of chains whose sender was told that their fate is not known. */
  unknownOutcomes(): number
  /** Tell it of every block of the ledger with its entries. */
  committed(firstIndex: number, entries: readonly CommittedEntry[]): void
  /** The node may have its name now. */
  named(): void
  close(): Promise<void>
}

/** @throws STORE_NEWER */
export function openFrameworks(
  { paths, fabricHost, env }: OpenFrameworksOptions,
  deps: OpenFrameworksDeps,
): OpenFrameworks {
  const { ledger, secrets, findEngine } = deps
  const chains = openChains(ledger, paths.chains, deps)
  const evm = chains && openEvm({ file: paths.evmDatabase }, { ...deps, chains, keys: secrets.kek })
  // A sandbox has no channels of others, as it has no chains of theirs.
  const isLive = ledger.genesis.environment !== 'sandbox'
  const channels = isLive ? deps.externalChannels : undefined
  const place = {
    folder: paths.fabric,
    file: paths.fabricDatabase,
    host: fabricHost,
    channels,
    env,
  }
  const fabric = findEngine && openFabric(place, { ...deps, findEngine })
  const open = [evm, fabric].filter((one) => one !== undefined)
  return {
    frameworks: open.map(({ framework }) => framework),
    ...(evm ? { chains: evm.chains } : {}),
    ...(fabric ? { fabric } : {}),
    unknownOutcomes: () => evm?.unknownOutcomes() ?? 0,
    committed: (firstIndex, entries) => {
      for (const one of open) one.committed(firstIndex, entries)
    },
    named: () => fabric?.touched(),
    close: async () => {
      await Promise.all(open.map((one) => one.close()))
      await chains?.close()
    },
  }
}
