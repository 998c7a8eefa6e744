import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeOf } from '../../alliance/node-state.ts'
import { createEngine, type Engine } from '../../engines/engine.ts'
import { describeEnd } from '../../engines/engine-end.ts'
import { engineFolder } from '../../engines/engine-folder.ts'
import type { ListenAddress } from '../../engines/listen-address.ts'
import type { Logger } from '../../gateway/logger.ts'
import type { Metrics } from '../../gateway/metrics.ts'
import type { NetworkPort } from '../../gateway/network-port.ts'
import { assert } from '../../kernel/assert.ts'
import type { Clock } from '../../kernel/clock.ts'
import { nodeKey } from '../../ledger/modules/alliance-objects.ts'
import type { SequencerParts } from '../../ledger/open-ledger.ts'
import {
  genesisFile,
  nodeIdOf,
  writeCometConfig,
  writeCometHome,
} from '../../ledger/sequencers/cometbft/comet-home.ts'
import { Cometbft } from '../../ledger/sequencers/cometbft/cometbft.ts'
import { addressOf, type Misbehavior } from '../../ledger/sequencers/cometbft/consensus.ts'
import { type CometStatus, readStatus } from '../../ledger/sequencers/cometbft/read-status.ts'
import { objectIn } from '../../ledger/state/state-view.ts'
import { openEquivocations } from './equivocations.ts'
import { tellMisbehavior } from './evidence.ts'
import { type Network, networkPaths } from './network-file.ts'
import { type NetworkKeys, openNetworkKeys } from './network-keys.ts'
import { createNodeDialer, peersToDial } from './node-dialer.ts'
import { openStateSync } from './open-state-sync.ts'

export type OpenNetworkOptions = {
  readonly home: string
  readonly network: Network
  /** Path of the CometBFT program. */
  readonly program: string
  readonly version: string
}

export type OpenNetworkDeps = {
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Pick<Metrics, 'byzantineEvidence'>
}

/** A node's part in a network: its sequencer, and the CometBFT beside it. */
export interface OpenNetwork extends NetworkPort {
  /** For the ledger that is opened on it; once. */
  openSequencer(parts: SequencerParts): Cometbft
  /** Starts CometBFT on the ledger. @throws ENGINE_* */
  start(): Promise<void>
  /** Asks CometBFT. @throws ENGINE_UNREACHABLE, ENGINE_REFUSED */
  readonly ask: Cometbft['ask']
  /** `id@host:port`, as this node is known to the others. */
  readonly peer: string
  readonly consensusKey: Uint8Array
  /** Id of the member that runs this node. */
  readonly operator: string
}

export function openNetwork(options: OpenNetworkOptions, deps: OpenNetworkDeps): OpenNetwork {
  const { home, network } = options
  const keys = openNetworkKeys(home)
  const own = nodeIdOf(keys.node.raw)
  const equivocations = openEquivocations(networkPaths(home).equivocations, deps.clock)
  const sockets = socketsIn(networkPaths(home).sockets)
  let sequencer: Cometbft | undefined
  const ask: Cometbft['ask'] = (...asked) => {
    assert(sequencer !== undefined, 'the ledger is open')
    return sequencer.ask(...asked)
  }
  async function askStatus() {
    const [status, peers] = await Promise.all([ask('status'), ask('net_info')])
    return readStatus(status, peers)
  }
  return {
    ask,
    peer: `${own}@${network.external}`,
    consensusKey: keys.consensus.raw,
    operator: network.operator,
    openSequencer: (parts) => {
      const onMisbehavior = (seen: Misbehavior) => tellMisbehavior(seen, { ...deps, equivocations })
      const engine = { keys, own, sockets, ask, askStatus, onMisbehavior }
      sequencer = openSequencer(parts, options, deps, engine)
      return sequencer
    },
    start: async () => {
      assert(sequencer !== undefined, 'the ledger is open')
      await sequencer.start()
    },
    status: askStatus,
    unknownOutcomes: () => sequencer?.unknownOutcomes() ?? 0,
    noQuorumSince: () => sequencer?.noQuorumSince,
    equivocationOf: (consensusKey) => equivocations.of(addressOf({ consensusKey })),
  }
}

type Own = {
  readonly keys: NetworkKeys
  /** CometBFT's name of this node. */
  readonly own: string
  readonly sockets: ReturnType<typeof socketsIn>
  readonly ask: Cometbft['ask']
  readonly askStatus: () => Promise<CometStatus>
  readonly onMisbehavior: (seen: Misbehavior) => void
}

/** With all that its CometBFT finds in its folder. */
function openSequencer(
  parts: SequencerParts,
  options: OpenNetworkOptions,
  deps: OpenNetworkDeps,
  { keys, own, sockets, ask, askStatus, onMisbehavior }: Own,
): Cometbft {
  const { home, network, version, program } = options
  const { start, listen, external } = network
  const { comet } = networkPaths(home)
  const place = { home, network, program, sockets: sockets.folder }
  const height = () => parts.application.head.height
  const sync = openStateSync(place, { ...deps, height })
  writeCometHome(comet, {
    genesis: genesisFile(start),
    nodeKey: keys.node,
    consensusKey: keys.consensus,
  })
  const known = () => peersOf(parts, network)
  const peers = peersToDial(known(), own)
  const dialer = createNodeDialer({
    ...{ own, known },
    connected: async () => (await askStatus()).peers.map(({ id }) => id),
    dial: (missing) => ask('dial_peers', { peers: missing, persistent: true }),
  })
  const prepare = async () => {
    const stateSync = await sync?.prepare()
    const config = { moniker: own, sockets, listen, external, peers }
    writeCometConfig(comet, { ...config, ...(stateSync ? { stateSync } : {}) })
  }
  const engine = engineOf(options, deps, { probe: () => ask('status'), prepare })
  const { initialHeight, ledger } = start
  return new Cometbft(
    { ledger, initialHeight, version, sockets },
    {
      ...parts,
      mayConnect: (id) => id === sync?.giver || known().some((one) => one.startsWith(`${id}@`)),
      engine: {
        start: async () => {
          await engine.start(new AbortController().signal)
          dialer.start()
        },
        stop: async () => {
          dialer.stop()
          await engine.stop()
          await sync?.end()
          rmSync(sockets.folder, { recursive: true, force: true })
        },
      },
      onMisbehavior,
    },
  )
}

function engineOf(
  { home, program, network }: OpenNetworkOptions,
  { clock, logger }: OpenNetworkDeps,
  { probe, prepare }: { probe(): Promise<unknown>; prepare(): Promise<void> },
): Engine {
  const args = ['node', '--home', networkPaths(home).comet]
  return createEngine(
    {
      ...{ name: 'cometbft', program: { path: program, args } },
      folder: engineFolder(home, 'cometbft'),
      listens: [listenAddress(network.listen)],
    },
    {
      ...{ clock, probe, beforeStart: prepare },
      onChange: ({ state, end, retryMs }) => {
        const level = state === 'waiting' || state === 'unhealthy' ? 'warn' : 'info'
        const why = end ? `: ${describeEnd(end)}` : ''
        logger[level]({ event: 'engine.state' }, `cometbft is ${state}${why}${again(retryMs)}`)
      },
    },
  )
}

const again = (retryMs: number | undefined) =>
  retryMs === undefined ? '' : `; it is started again in ${retryMs} ms`

/** `host:port`, or `[IPv6]:port`. */
function listenAddress(listen: string): ListenAddress {
  const { hostname, port } = new URL(`tcp://${listen}`)
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) }
}

/** Nodes that the state knows of, and those that this one was told of when it joined. */
function peersOf({ state }: SequencerParts, { peers }: Network): string[] {
  const known = state.objects(nodeKey(''), undefined, nodesMax).flatMap(({ value }) => {
    const { peer, status } = nodeOf(objectIn(value))
    return peer !== undefined && status === 'active' ? [peer] : []
  })
  return [...new Set([...known, ...peers])]
}

/** More than any alliance has. */
const nodesMax = 1000

/** A local socket's path has at most 107 bytes, less where the system is not Linux. */
const socketPathMax = 90

/** In the data folder where its path is short enough. */
function socketsIn(folder: string) {
  const isShort = Buffer.byteLength(folder) < socketPathMax
  if (isShort) mkdirSync(folder, { recursive: true, mode: 0o700 })
  const place = isShort ? folder : mkdtempSync(join(tmpdir(), 'bsn-'))
  return { folder: place, abci: join(place, 'abci.sock'), rpc: join(place, 'rpc.sock') }
}
