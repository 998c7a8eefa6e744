import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  encodeGenesis,
  type Genesis,
  ledgerIdOf,
  sha256,
  toHex,
  utf8,
  type Validator,
} from '@openbsn/sdk'
import { type CheckPool, createCheckPool } from '../crypto/check-pool.ts'
import { assert } from '../kernel/assert.ts'
import { systemClock } from '../kernel/clock.ts'
import type { Block, SubmitOutcome } from '../ledger/ledger.ts'
import { findKey } from '../ledger/modules/keys.ts'
import { createLedger, hasLedger, type OpenLedger, openLedger } from '../ledger/open-ledger.ts'
import {
  type ChainStart,
  genesisFile,
  nodeIdOf,
  writeCometConfig,
  writeCometHome,
} from '../ledger/sequencers/cometbft/comet-home.ts'
import { Cometbft } from '../ledger/sequencers/cometbft/cometbft.ts'
import type { Misbehavior } from '../ledger/sequencers/cometbft/consensus.ts'
import { modules } from '../node/modules.ts'
import { credentialPolicy } from '../services/credential-module.ts'
import { CometEngine } from './comet-engine.ts'
import { testFolder } from './folder.ts'
import { freePorts } from './free-ports.ts'
import { namedSigner } from './named-signer.ts'
import { NetStatements } from './net-statements.ts'

const rules = { clock: systemClock, modules, recordPolicy: credentialPolicy }

const engineKey = (name: string) => ({
  secret: sha256(utf8(name)),
  raw: namedSigner(name).key.raw,
})

/** A node of the network in this process, with a real CometBFT beside it. */
export class CometNode {
  readonly name: string
  readonly engine: CometEngine
  readonly misbehaved: Misbehavior[] = []
  /** How often each statement was given to what verifies, by its hash in hex. */
  readonly verified = new Map<string, number>()
  readonly #world: CometWorld
  readonly #keyName: string | undefined
  #open: { readonly ledger: OpenLedger; readonly cometbft: Cometbft } | undefined

  constructor(world: CometWorld, name: string, keyName: string | undefined) {
    this.#world = world
    this.name = name
    this.#keyName = keyName
    this.engine = new CometEngine(world.path(name, 'comet'))
  }

  get ledger(): OpenLedger {
    assert(this.#open !== undefined, `${this.name} is open`)
    return this.#open.ledger
  }

  get hash(): string {
    return toHex(this.ledger.head.appHash)
  }

  /** Opens the ledger, and starts CometBFT. */
  async start(): Promise<void> {
    const folder = this.#world.path(this.name, 'ledger')
    const onFailure = (error: Error) => this.#world.failures.push(error)
    const { genesis, chain } = this.#world
    if (!hasLedger(folder)) await createLedger(folder, genesis, { modules, onFailure })
    await this.#layOut()
    let cometbft: Cometbft | undefined
    const ledger: OpenLedger = openLedger(
      { folder, workers: 1, memtableEntries: 2 ** 14 },
      {
        ...rules,
        signer: this.#keyName === undefined ? undefined : namedSigner(this.#keyName),
        onFailure,
        openChecks: () => this.#countChecks(() => ledger, onFailure),
        openSequencer: (parts) => {
          const { initialHeight } = chain
          const options = { ledger: parts.ledger, initialHeight, version: 'test' }
          cometbft = new Cometbft(
            { ...options, ...this.#world.bundling, sockets: this.#sockets },
            {
              ...{ ...parts, engine: this.engine, mayConnect: () => true },
              onMisbehavior: (seen) => this.misbehaved.push(seen),
            },
          )
          return cometbft
        },
      },
    )
    assert(cometbft !== undefined, 'the sequencer is opened with the ledger')
    this.#open = { ledger, cometbft }
    await cometbft.start()
  }

  /** What a ledger verifies with where it is not said, and a count of what it is given. */
  #countChecks(ledger: () => OpenLedger, onFailure: (error: Error) => void): CheckPool {
    const find = (kid: Uint8Array) => findKey(ledger().store, kid)
    const pool = createCheckPool({ workers: 1 }, { findKey: find, onFailure })
    return {
      check: (statements) => {
        for (const one of statements) {
          const hash = toHex(sha256(one))
          this.verified.set(hash, (this.verified.get(hash) ?? 0) + 1)
        }
        return pool.check(statements)
      },
      close: () => pool.close(),
    }
  }

  get #sockets() {
    return { abci: this.#world.path(this.name, 'abci'), rpc: this.#world.path(this.name, 'rpc') }
  }

  async #layOut(): Promise<void> {
    const home = this.#world.path(this.name, 'comet')
    await mkdir(home, { recursive: true })
    const consensusKey =
      this.#keyName === undefined
        ? {}
        : { consensusKey: engineKey(`consensus of ${this.#keyName}`) }
    writeCometHome(home, {
      genesis: genesisFile(this.#world.chain),
      nodeKey: engineKey(`node ${this.name}`),
      ...consensusKey,
    })
    writeCometConfig(home, {
      ...{ moniker: this.name, sockets: this.#sockets, peers: this.#world.peersOf(this.name) },
      listen: `127.0.0.1:${this.#world.portOf(this.name)}`,
    })
  }

  async submit(...statements: readonly Uint8Array[]): Promise<SubmitOutcome[]> {
    return this.ledger.submit(statements)
  }

  /** Waits for what the last block must be like. */
  async reaches(is: (head: Block) => boolean, what: string, limitMs = 30_000): Promise<void> {
    const end = performance.now() + limitMs
    while (!is(this.ledger.head)) {
      const at = `${this.name} is at ${this.ledger.head.height}`
      assert(performance.now() < end, `${what}; ${at} after ${limitMs} ms`)
      await new Promise((done) => setTimeout(done, 20))
    }
  }

  /** Ends CometBFT and closes the ledger: the process is gone, and can be started again. */
  async stop(): Promise<void> {
    const { ledger } = this.#open ?? {}
    this.#open = undefined
    await ledger?.close()
  }
}

export type CometWorldOptions = {
  /** Every node that there will be; each has a port from the beginning. */
  readonly names: readonly string[]
  /** Those of genesis. */
  readonly validators: readonly Validator[]
  /** How long a node's statements wait while a bundle of it is on its way, where not as usual. */
  readonly busyBundleMs?: number
}

/** Several nodes of one ledger in this process. */
export class CometWorld {
  readonly folder = testFolder()
  readonly failures: Error[] = []
  readonly nodes: CometNode[] = []
  readonly genesis: Genesis
  readonly say: NetStatements
  /** From genesis on, where a test does not say otherwise. */
  chain: ChainStart
  readonly bundling: Pick<CometWorldOptions, 'busyBundleMs'>
  readonly #ports: ReadonlyMap<string, number>

  private constructor(options: CometWorldOptions, ports: readonly number[]) {
    const { names, validators, ...bundling } = options
    this.bundling = bundling
    const time = systemClock.nowSeconds()
    this.genesis = {
      ...{ name: 'Net', time, nonce: sha256(utf8(`${ports}`)).subarray(0, 16), validators },
      member: { id: 'admin', key: namedSigner('member').key },
    }
    const ledger = ledgerIdOf(encodeGenesis(this.genesis))
    this.#ports = new Map(names.map((name, i) => [name, ports[i] ?? 0]))
    this.say = new NetStatements(ledger, systemClock.nowSeconds)
    this.chain = { ledger, initialHeight: 1, time, appHash: new Uint8Array(32), validators }
  }

  static async create(options: CometWorldOptions): Promise<CometWorld> {
    const world = new CometWorld(options, await freePorts(options.names.length))
    const folder = world.path('genesis', 'ledger')
    const onFailure = (error: Error) => world.failures.push(error)
    await createLedger(folder, world.genesis, { modules, onFailure })
    const ledger = openLedger({ folder, workers: 1 }, { ...rules, signer: undefined, onFailure })
    world.chain = { ...world.chain, appHash: ledger.head.appHash }
    await ledger.close()
    return world
  }

  path(node: string, what: string): string {
    return join(this.folder.path, node, what)
  }

  portOf(name: string): number {
    const port = this.#ports.get(name)
    assert(port !== undefined, `${name} has a port`)
    return port
  }

  peersOf(name: string): string[] {
    return [...this.#ports].flatMap(([peer, port]) =>
      peer === name ? [] : [`${nodeIdOf(engineKey(`node ${peer}`).raw)}@127.0.0.1:${port}`],
    )
  }

  /** Starts a node; `key` names the validator whose keys it has, a follower has none. */
  async start(name: string, key?: string): Promise<CometNode> {
    const node = new CometNode(this, name, key)
    this.nodes.push(node)
    await node.start()
    return node
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()))
    this.folder.remove()
  }
}
