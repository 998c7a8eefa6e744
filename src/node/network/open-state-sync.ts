import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createEngine } from '../../engines/engine.ts'
import { engineFolder } from '../../engines/engine-folder.ts'
import type { Logger } from '../../gateway/logger.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { StateSource } from '../../ledger/sequencers/cometbft/comet-home.ts'
import { createRpc } from '../../ledger/sequencers/cometbft/rpc.ts'
import { createStateSync } from '../../ledger/sequencers/cometbft/state-sync.ts'
import { type Network, networkPaths, readChain } from './network-file.ts'

export type OpenStateSyncOptions = {
  readonly home: string
  readonly network: Network
  /** Path of the CometBFT program. */
  readonly program: string
  /** Folder for local sockets. */
  readonly sockets: string
}

export type OpenStateSyncDeps = {
  readonly clock: Clock
  readonly logger: Logger
  /** Height of the ledger's last block. */
  readonly height: () => number
}

/** What the CometBFT of a node needs that joined by a snapshot, until it has a block of its own. */
export interface OpenStateSync {
  /** CometBFT's name of the peer that gives the state. */
  readonly giver: string
  /** Before CometBFT starts; undefined where it has begun already. @throws ENGINE_* */
  prepare(): Promise<StateSource | undefined>
  end(): Promise<void>
}

/** How often it is looked whether CometBFT has begun. */
const lookMs = 500

/** Undefined where a node has not joined by a snapshot. @throws CHAIN_DATA_INVALID */
export function openStateSync(
  { home, network, program, sockets: place }: OpenStateSyncOptions,
  { clock, logger, height }: OpenStateSyncDeps,
): OpenStateSync | undefined {
  const { start } = network
  const blocks = readChain(home, start.ledger)
  const [last] = blocks ?? []
  if (!blocks || !last) return undefined
  const { comet, giver: folder, chain } = networkPaths(home)
  const sockets = { abci: join(place, 'give-abci.sock'), rpc: join(place, 'give-rpc.sock') }
  const rpc = createRpc({ socketPath: sockets.rpc })
  const args = ['node', '--home', folder]
  const engine = createEngine(
    {
      ...{ name: 'cometbft-giver', program: { path: program, args } },
      folder: engineFolder(home, 'cometbft-giver'),
    },
    { clock, probe: () => rpc.call('status') },
  )
  const onFailure = (error: Error) =>
    logger.warn({ event: 'giver.failed', err: error }, 'what gives CometBFT its state has failed')
  const sync = createStateSync(
    { start, blocks, comet, folder, sockets },
    {
      engine: {
        start: () => engine.start(new AbortController().signal),
        stop: () => engine.stop(),
      },
      onFailure,
    },
  )
  let look: NodeJS.Timeout | undefined
  const hasBegun = () => height() > last.height
  const end = async () => {
    clearInterval(look)
    look = undefined
    await sync.end()
    rpc.close()
    if (hasBegun()) rmSync(chain, { force: true })
  }
  return {
    giver: sync.giver,
    prepare: async () => {
      if (hasBegun()) return undefined
      look ??= setInterval(() => {
        if (hasBegun()) void end().catch(onFailure)
      }, lookMs).unref()
      return await sync.begin()
    },
    end,
  }
}
