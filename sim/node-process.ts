import { assert } from '../src/kernel/assert.ts'
import type { SubmitOutcome } from '../src/ledger/ledger.ts'
import { keyStateKey } from '../src/ledger/modules/keys.ts'
import { type OpenLedger, openLedger, type SequencerParts } from '../src/ledger/open-ledger.ts'
import { BundleCheck, bundleId } from '../src/ledger/sequencers/cometbft/bundle-check.ts'
import { Consensus } from '../src/ledger/sequencers/cometbft/consensus.ts'
import { modules } from '../src/node/modules.ts'
import { credentialPolicy } from '../src/services/credential-module.ts'
import type { Prng } from '../src/testing/prng.ts'
import { createAbciCalls } from './abci-calls.ts'
import { Engine } from './engine.ts'
import type { EventQueue, Handler } from './event-queue.ts'
import { Follower, type SharedBlocks } from './follower.ts'
import type { ForkWatch } from './fork-watch.ts'
import type { SimNetwork } from './network.ts'
import type { SharedChecks } from './shared-checks.ts'
import type { SimNode } from './sim-node.ts'
import { SimSequencer } from './sim-sequencer.ts'
import { TwoFaces } from './two-faces.ts'
import type { Decided, Message, Quorum } from './votes.ts'

/** What all nodes of one simulation have in common. */
export type NodeShare = {
  readonly queue: EventQueue
  readonly network: SimNetwork
  readonly prng: Prng
  readonly checks: SharedChecks
  readonly blocks: SharedBlocks
  readonly watch: ForkWatch
  /** In the order of the ledger's list. */
  readonly validators: readonly SimNode[]
  readonly powers: readonly number[]
  readonly addresses: readonly Uint8Array[]
  readonly quorum: Quorum
  /** Where index files would lie. */
  readonly folder: string
  readonly memtableEntries: number
  /** Seconds since 1970 at the beginning. */
  readonly startSeconds: number
}

/** Validators that a bundle is sent to at a time; they pass it on to the others. */
const spreadWidth = 3
/** How often a node asks one of its peers for blocks that it has not heard of. */
const askMs = 1000
/** Blocks of one answer. */
const blocksMax = 10

/** A node's process, from its start to its end: the real ledger, and what stands for CometBFT. */
export class NodeProcess {
  readonly ledger: OpenLedger
  readonly #node: SimNode
  readonly #share: NodeShare
  #sequencer: SimSequencer | undefined
  readonly #bundles: BundleCheck | undefined
  readonly #engine: Engine | undefined
  readonly #follower: Follower
  readonly #mempool = new Map<string, Uint8Array>()
  /** Bundles that are in a block. */
  readonly #done = new Set<string>()
  readonly #pending = new Map<number, Decided>()
  readonly #heights = new Map<SimNode, number>()
  readonly #faces = new TwoFaces()
  #spreads = 0
  #askedMs = Number.NEGATIVE_INFINITY
  #isOver = false

  constructor(node: SimNode, share: NodeShare) {
    this.#node = node
    this.#share = share
    const { disk, signer } = node.facts
    this.ledger = openLedger(
      {
        folder: `${share.folder}/${node.id}`,
        ...{ workers: 1, memtableEntries: share.memtableEntries },
      },
      {
        clock: { nowSeconds: () => this.#nowSeconds() },
        ...{ signer, modules, recordPolicy: credentialPolicy },
        onFailure: (error) => assert(false, `${node.id}: ${error.message}`),
        openStore: () => disk.ledger.open(),
        openChecks: () => share.checks.poolOf((kid) => this.#hasKey(kid)),
        openSequencer: (parts) => this.#openSequencer(parts),
        onBlock: (block) => share.watch.see(node.id, block),
      },
    )
    const { application, store } = this.ledger
    this.#follower = new Follower({ application, state: store, shared: share.blocks })
    if (node.facts.validator === undefined || !disk.engine) return
    this.#bundles = new BundleCheck(application)
    this.#engine = this.#openEngine(node.facts.validator, this.#bundles)
  }

  #hasKey(kid: string): boolean {
    return this.ledger.store.get(keyStateKey(kid)) !== undefined
  }

  #nowSeconds(): number {
    const { startSeconds, queue } = this.#share
    return startSeconds + Math.floor((queue.nowMs + this.#node.facts.skewMs) / 1000)
  }

  #after(ms: number, handler: Handler): void {
    this.#share.queue.after(ms, () => (this.#isOver ? undefined : handler()))
  }

  #openSequencer({ application }: SequencerParts): SimSequencer {
    const { queue, prng } = this.#share
    this.#sequencer = new SimSequencer({
      application,
      nowMs: () => queue.nowMs,
      after: (ms, handler) => this.#after(ms, handler),
      nonce: () => Uint8Array.from({ length: 8 }, () => prng.int(0, 255)),
      remember: (tx, statements) => this.#bundles?.add(tx, statements) ?? bundleId(tx),
      spread: (id, tx) => this.#spread(id, tx),
    })
    return this.#sequencer
  }

  #openEngine(self: number, bundles: BundleCheck): Engine {
    const { queue, powers, quorum, addresses, validators } = this.#share
    const { disk, signer } = this.#node.facts
    const { id, application, store } = this.ledger
    const consensus = new Consensus(
      { ledger: id, initialHeight: 1, version: 'sim' },
      {
        ...{ application, state: store, signer, bundles },
        onDecided: (outcomes) => this.#sequencer?.decided(outcomes),
        onHandshake: () => undefined,
        onMisbehavior: () => undefined,
        mayConnect: () => true,
      },
    )
    const calls = createAbciCalls(consensus.handlers)
    assert(disk.engine !== undefined, 'a validator has an engine')
    return new Engine(
      { self, powers, quorum, addresses },
      {
        calls,
        nowMs: () => queue.nowMs,
        nowSeconds: () => this.#nowSeconds(),
        after: (ms, handler) => this.#after(ms, handler),
        broadcast: (messages) => {
          const { isTwoFaced } = this.#node.facts
          const others = isTwoFaced ? this.#faces.turned(messages, self) : messages
          for (const [i, to] of validators.entries()) {
            const said = i % 2 === 0 ? messages : others
            this.#tell(to, (one) => one.hear(said, this.#node))
          }
        },
        waiting: () => [...this.#mempool.values()],
        decided: async (decided) => {
          await calls.decide(decided.block)
          this.#committed(decided)
        },
      },
      disk.engine,
    )
  }

  #tell(to: SimNode, say: (process: NodeProcess) => unknown): void {
    if (to !== this.#node) this.#node.tell(to, say)
  }

  async start(): Promise<void> {
    await this.#engine?.start()
    this.#askLater(this.#share.prng.int(0, askMs))
  }

  /** Lets its engine begin the next height, whether or not anything waits. */
  async wakeUp(): Promise<void> {
    await this.#engine?.wake()
  }

  end(): void {
    this.#isOver = true
  }

  get #height(): number {
    return this.ledger.head.height
  }

  /** What another validator's engine says. */
  async hear(messages: readonly Message[], from: SimNode): Promise<void> {
    await this.#engine?.receive(messages)
    if (messages.some(({ height }) => height > this.#height + 1)) this.#ask(from)
    const isBehind = messages.every(({ height }) => height <= this.#height)
    if (isBehind) this.#giveBlocks(from, messages[0]?.height ?? this.#height + 1)
  }

  #spread(id: string, transaction: Uint8Array): void | Promise<void> {
    const { validators } = this.#share
    if (this.#engine) return this.takeBundle(id, transaction, { isRelayed: false })
    const near = this.#near
    for (let i = 0; i < Math.min(spreadWidth, validators.length); i++) {
      const to = near[(this.#spreads + i) % near.length]
      if (to) this.#tell(to, (one) => one.takeBundle(id, transaction, { isRelayed: false }))
    }
    this.#spreads += spreadWidth
  }

  /** Validators, the nearest first. */
  get #near(): readonly SimNode[] {
    const { network, validators } = this.#share
    const msTo = (one: SimNode) => network.latencyMs(this.#node.city, one.city)
    return validators.toSorted((a, b) => msTo(a) - msTo(b))
  }

  /** A bundle that somebody wants in a block; it is passed on to all validators once. */
  async takeBundle(
    id: string,
    transaction: Uint8Array,
    { isRelayed }: { readonly isRelayed: boolean },
  ): Promise<void> {
    if (this.#mempool.has(id) || this.#done.has(id)) return
    if (!(await this.#bundles?.check(transaction))) return
    this.#mempool.set(id, transaction)
    if (!isRelayed) {
      for (const to of this.#share.validators) {
        this.#tell(to, (one) => one.takeBundle(id, transaction, { isRelayed: true }))
      }
    }
    await this.#engine?.wake()
  }

  /** A decided block from another node. */
  async takeBlock(decided: Decided, from: SimNode): Promise<void> {
    const { height } = decided.block
    this.#heights.set(from, Math.max(height, this.#heights.get(from) ?? 0))
    if (height <= this.#height) return
    this.#pending.set(height, decided)
    for (;;) {
      const next = this.#pending.get(this.#height + 1)
      this.#pending.delete(this.#height + 1)
      if (!next || !(await this.#adopt(next))) break
    }
    for (const known of this.#pending.keys()) if (known <= this.#height) this.#pending.delete(known)
    if (this.#pending.size > 0) this.#ask(from)
  }

  async #adopt(decided: Decided): Promise<boolean> {
    if (this.#engine) {
      await this.#engine.adopt(decided)
      return true
    }
    const outcomes = await this.#follower.take(decided)
    if (typeof outcomes === 'string') {
      this.#share.watch.disagrees(this.#node.id, `block ${decided.block.height}: ${outcomes}`)
      return false
    }
    this.#sequencer?.decided(outcomes as ReadonlyMap<string, readonly SubmitOutcome[]>)
    this.#committed(decided)
    return true
  }

  #committed(decided: Decided): void {
    const { disk } = this.#node.facts
    const { height } = decided.block
    assert(disk.decided.push(decided) === height, 'blocks are kept by height')
    for (const { id } of this.#share.blocks.contentOf(decided.block).bundles) {
      this.#mempool.delete(id)
      this.#done.add(id)
    }
    for (const peer of this.#node.peers) {
      if ((this.#heights.get(peer) ?? 0) >= height) continue
      this.#tell(peer, (one) => one.takeBlock(decided, this.#node))
    }
  }

  #askLater(ms: number): void {
    const { peers } = this.#node
    this.#after(ms, () => {
      const peer = peers[this.#share.prng.int(0, peers.length - 1)]
      if (peer) this.#ask(peer)
      this.#askLater(askMs)
    })
  }

  /** Asks for the blocks after its own, not more often than answers can come. */
  #ask(peer: SimNode): void {
    const now = this.#share.queue.nowMs
    if (now - this.#askedMs < askMs / 4) return
    this.#askedMs = now
    const from = this.#height + 1
    this.#tell(peer, (one) => one.#giveBlocks(this.#node, from))
  }

  #giveBlocks(to: SimNode, from: number): void {
    const blocks = this.#node.facts.disk.decided.slice(from - 1, from - 1 + blocksMax)
    for (const decided of blocks) this.#tell(to, (one) => one.takeBlock(decided, this.#node))
  }
}
