import { encodeGenesis, type Genesis, ledgerIdOf, sha256, utf8 } from '@openbsn/sdk'
import { createLedger } from '../src/ledger/open-ledger.ts'
import { addressOf } from '../src/ledger/sequencers/cometbft/consensus.ts'
import { modules } from '../src/node/modules.ts'
import { testFolder } from '../src/testing/folder.ts'
import { namedSigner } from '../src/testing/named-signer.ts'
import { namedValidator } from '../src/testing/net-statements.ts'
import { createPrng, type Prng } from '../src/testing/prng.ts'
import { type City, cities, spread } from './cities.ts'
import { EventQueue } from './event-queue.ts'
import { isSameHead, SharedBlocks } from './follower.ts'
import { ForkWatch } from './fork-watch.ts'
import { nearestFirst } from './geography.ts'
import { HeightState } from './height-state.ts'
import { MemoryDisk } from './memory-disk.ts'
import { type NetworkOptions, SimNetwork, usualNetwork } from './network.ts'
import type { NodeShare } from './node-process.ts'
import { SharedChecks } from './shared-checks.ts'
import { SimNode } from './sim-node.ts'
import { type Quorum, twoThirds } from './votes.ts'

export type WorldOptions = {
  readonly seed: number
  /** City nodes, up to 300. */
  readonly nodes: number
  /** How many of them sign blocks. */
  readonly validators: number
  readonly network?: Partial<NetworkOptions>
  /** Entries that the log will hardly have more of; a power of two. */
  readonly entriesMax?: number
  /** Validators that tell half of the others something else; the first ones. */
  readonly twoFaced?: number
  /** What decides, where a test plants a wrong rule. */
  readonly quorum?: Quorum
}

/** When it begins: any time does. */
const startSeconds = 1_800_000_000
const skewMsMax = 500
/** Peers of a node: its nearest, and some anywhere, so that continents hang together. */
const [peersNear, peersFar] = [3, 2]

/** A whole network in this process: the same one, doing the same, for every seed. */
export class World {
  readonly options: WorldOptions
  readonly queue: EventQueue
  readonly network: SimNetwork
  readonly prng: Prng
  readonly watch = new ForkWatch()
  readonly checks: SharedChecks
  readonly genesis: Genesis
  readonly ledger: string
  readonly nodes: SimNode[] = []
  readonly validators: SimNode[] = []
  readonly #folder = testFolder()

  private constructor(options: WorldOptions) {
    this.options = options
    this.prng = createPrng(options.seed)
    this.queue = new EventQueue({ settle: () => this.checks.settle() })
    const network = { ...usualNetwork, ...options.network }
    this.network = new SimNetwork(network, { queue: this.queue, prng: this.prng })
    this.checks = new SharedChecks({
      states: () => this.nodes.filter(({ isUp }) => isUp).map(({ ledger }) => ledger.store),
      onFailure: (error) => this.watch.disagrees('check pool', error.message),
    })
    const names = Array.from({ length: options.validators }, (_, i) => `validator ${i}`)
    this.genesis = {
      ...{ name: 'Simulation', time: startSeconds },
      nonce: sha256(utf8(`${options.seed}`)).subarray(0, 16),
      member: { id: 'admin', key: namedSigner('member').key },
      validators: names.map((name) => namedValidator(name)),
    }
    this.ledger = ledgerIdOf(encodeGenesis(this.genesis))
  }

  /** Every node has the genesis block on its disk, and has started. */
  static async create(options: WorldOptions): Promise<World> {
    const world = new World(options)
    const disk = new MemoryDisk()
    await createLedger(world.#folder.path, world.genesis, {
      modules,
      onFailure: (error) => world.watch.disagrees('genesis', error.message),
      openStore: () => disk.open(),
    })
    world.#build(disk)
    for (const node of world.nodes) await node.start()
    return world
  }

  #build(disk: MemoryDisk): void {
    const { options, prng } = this
    const share = this.#share()
    const chosen = spread(cities, options.nodes)
    const signing = spread(chosen, options.validators)
    for (const city of chosen) {
      const place = signing.indexOf(city)
      const validator = place === -1 ? undefined : place
      const engine = { state: new HeightState(1, share.powers, share.quorum), commit: [] }
      const node = new SimNode(
        {
          ...{ id: nodeIdOf(city), city, validator },
          signer: validator === undefined ? undefined : namedSigner(`validator ${validator}`),
          isTwoFaced: validator !== undefined && validator < (options.twoFaced ?? 0),
          skewMs: prng.int(-skewMsMax, skewMsMax),
          disk: {
            ...{ ledger: disk.copy(), decided: [] },
            engine: validator === undefined ? undefined : engine,
          },
        },
        share,
      )
      this.nodes.push(node)
      if (validator !== undefined) this.validators.push(node)
    }
    for (const node of this.nodes) this.#connect(node)
  }

  #share(): NodeShare {
    const { validators } = this.genesis
    const { quorum = twoThirds, entriesMax = 4096 } = this.options
    return {
      ...{ queue: this.queue, network: this.network, prng: this.prng, watch: this.watch },
      ...{ checks: this.checks, blocks: new SharedBlocks(() => this.ledger) },
      ...{ validators: this.validators, quorum, startSeconds },
      powers: validators.map(({ power }) => power),
      addresses: validators.map((one) => Buffer.from(addressOf(one), 'hex')),
      folder: this.#folder.path,
      memtableEntries: entriesMax,
    }
  }

  #connect(node: SimNode): void {
    const others = this.nodes.filter((one) => one !== node)
    const near = nearestFirst(
      node.city,
      others.map((one) => ({ ...one.city, node: one })),
    )
    const far = Array.from({ length: peersFar }, () => others[this.prng.int(0, others.length - 1)])
    for (const peer of [...near.slice(0, peersNear).map((one) => one.node), ...far]) {
      if (!peer || node.peers.includes(peer)) continue
      node.peers.push(peer)
      if (!peer.peers.includes(node)) peer.peers.push(node)
    }
  }

  /** Seconds since 1970, by a clock that is right. */
  get nowSeconds(): number {
    return startSeconds + Math.floor(this.queue.nowMs / 1000)
  }

  get nodesUp(): SimNode[] {
    return this.nodes.filter(({ isUp }) => isUp)
  }

  /** The greatest height that any node has. */
  get height(): number {
    return Math.max(...this.nodesUp.map(({ ledger }) => ledger.head.height))
  }

  /** Whether all nodes that are up have one last block. */
  get isAgreed(): boolean {
    const [first, ...others] = this.nodesUp.map(({ ledger }) => ledger.head)
    return first !== undefined && others.every((one) => isSameHead(first, one))
  }

  async close(): Promise<void> {
    for (const node of this.nodesUp) await node.ledger.close()
    await this.checks.close()
    this.#folder.remove()
  }
}

/** The city's name as a node's id. */
export const nodeIdOf = ({ name }: City) => name.toLowerCase().replaceAll(' ', '-')
