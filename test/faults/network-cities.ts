import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRpc } from '../../src/ledger/sequencers/cometbft/rpc.ts'
import { testFolder } from '../../src/testing/folder.ts'
import { bsn } from '../cli/bsn.ts'
import { eventually } from '../scenarios/network-world.ts'
import { clientOf, profileOf, settle } from './load.ts'
import { run } from './mounts.ts'
import { type Host, NetworkHosts, type NetworkHostsOptions } from './network-hosts.ts'
import { engineEnv, NetworkNode } from './network-node.ts'

type Answer = Readonly<Record<string, unknown>>

export type CitiesOptions = NetworkHostsOptions & {
  /** Nodes whose data folder is a disk of its own, in memory, and how large it is. */
  readonly disks?: Readonly<Record<string, string>>
}

/** A network of city nodes, each on a host of its own, made by the commands of operators. */
export class NetworkCities {
  readonly folder = testFolder()
  readonly hosts: NetworkHosts
  /** In the order in which they came; a node whose disk was lost is not among them. */
  readonly nodes: NetworkNode[] = []
  readonly #disks: Readonly<Record<string, string>>
  readonly #mounted: string[] = []

  constructor({ disks = {}, ...options }: CitiesOptions = {}) {
    this.#disks = disks
    this.hosts = new NetworkHosts(options)
  }

  node(name: string): NetworkNode {
    const node = this.nodes.find((one) => one.name === name)
    assert(node, `there is a node ${name}`)
    return node
  }

  get #first(): NetworkNode {
    const [first] = this.nodes
    assert(first)
    return first
  }

  get ledger(): string {
    return profileOf(this.#first.home).ledger
  }

  /** The data folder with the profile of the member that runs all nodes. */
  get home(): string {
    return this.#first.home
  }

  get running(): NetworkNode[] {
    return this.nodes.filter(({ isRunning }) => isRunning)
  }

  /** Runs a command to its end, which must be a good one. */
  async does(argv: readonly string[], more: { stdin?: string; on?: Host } = {}): Promise<Answer> {
    const { stdin, on } = more
    const input = stdin === undefined ? {} : { stdin }
    const under = on ? { under: on.under } : {}
    const ended = await bsn([...argv, '--json'], { env: engineEnv, ...input, ...under })
    assert.equal(ended.code, 0, `${argv.join(' ')}: ${ended.stdout}${ended.stderr}`)
    return JSON.parse(ended.stdout || '{}')
  }

  async #place(name: string, host = this.hosts.add(name)): Promise<NetworkNode> {
    const home = this.folder.file(name)
    const size = this.#disks[name]
    if (size !== undefined) {
      mkdirSync(home)
      run('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', home)
      this.#mounted.push(home)
    }
    const node = await NetworkNode.place({ name, host, home })
    this.nodes.push(node)
    return node
  }

  /** An alliance of one with the service `flights`, which becomes a network of one node. */
  async found(name: string): Promise<void> {
    const node = await this.#place(name)
    await node.start()
    await settle(clientOf(node.gateway, node.home), node.home)
    await node.stop()
    await this.does(['node', 'init', '--home', node.home, ...node.place])
    await node.start()
  }

  /** Makes a new node by an invitation of the first; it is not started. */
  async invite(name: string, host?: Host): Promise<NetworkNode> {
    const [{ home, gateway }, token] = [this.#first, this.folder.file(`${name}.token`)]
    await this.does(['node', 'invite', '--home', home, '--out', token])
    const node = await this.#place(name, host)
    const own = ['--home', node.home, ...node.place]
    const stdin = readFileSync(token, 'utf8')
    await this.does(['node', 'join', gateway, '--token-file', '-', ...own], { stdin })
    return node
  }

  /** It has all that the network decided, and takes part. */
  async hasCaughtUp({ gateway }: NetworkNode): Promise<void> {
    await eventually(
      () => this.does(['node', 'status', '--gateway', gateway]),
      ({ catchingUp }) => catchingUp === false,
    )
  }

  /** It has caught up, and the network knows its keys. */
  async isUpToDate(node: NetworkNode): Promise<void> {
    const { name } = node
    await this.hasCaughtUp(node)
    await eventually(
      () => this.does(['node', 'show', name, '--gateway', this.#first.gateway]),
      ({ validator }) => typeof validator === 'string',
    )
  }

  /** Every node is connected to every other: the first alone, by whom all joined, is too few. */
  async areConnected(): Promise<void> {
    for (const { gateway } of this.nodes) {
      await eventually(
        async () => {
          const answer = await fetch(`${gateway}/api/v1/ledgers/${this.ledger}/network`)
          return (await answer.json()) as { readonly peers?: readonly unknown[] }
        },
        ({ peers = [] }) => peers.length >= this.nodes.length - 1,
      )
    }
  }

  /** Has the member of the first node make it sign blocks, or none any more, or retire it. */
  async change(verb: 'promote' | 'demote' | 'retire', name: string): Promise<void> {
    const { home, host } = this.#first
    await this.does(['node', verb, name, '--home', home], { on: host })
  }

  /** The members vote that a node signs no blocks any more, and it signs none. */
  async voteOut(name: string): Promise<void> {
    const at = ['--gateway', this.#first.gateway]
    await this.#decide(['rules', '--lock', 'validators=0'])
    await this.#decide(['demote', name])
    const { validator } = await this.does(['node', 'show', name, ...at])
    await eventually(
      () => this.does(['node', 'status', ...at]),
      ({ validators }) =>
        (validators as Answer[]).every(({ kid }) => kid !== validator) && validator !== undefined,
    )
  }

  async #decide(what: readonly string[]): Promise<void> {
    const { home, host } = this.#first
    const [at, how] = [['--home', home], { on: host }]
    const words = ['alliance', 'propose', ...what, '--reason', 'T', ...at]
    const { proposal } = await this.does(words, how)
    await this.does(['alliance', 'vote', String(proposal), 'yes', ...at], how)
    await this.does(['alliance', 'execute', String(proposal), ...at], how)
  }

  /** Which of these validators is to propose the next block, by what CometBFT of `oslo` knows. */
  async leader(validators: readonly string[]): Promise<NetworkNode> {
    const { round_state: round } = await askEngine(this.node('oslo'), 'consensus_state')
    const { address } = Object(Object(round).proposer)
    for (const name of validators) {
      const { validator_info: own } = await askEngine(this.node(name), 'status')
      if (Object(own).address === address) return this.node(name)
    }
    assert.fail(`no node is validator ${address}`)
  }

  /** It is no node of this network any more: its disk is gone, or it was never let in. */
  async lose(node: NetworkNode): Promise<void> {
    await node.close()
    this.nodes.splice(this.nodes.indexOf(node), 1)
  }

  async close(): Promise<void> {
    const ends = await Promise.allSettled(this.nodes.map((node) => node.close()))
    // A guard of CometBFT may be at its last sleep in there.
    for (const home of this.#mounted) run('umount', '--lazy', home)
    this.hosts.remove()
    this.folder.remove()
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  }
}

async function askEngine({ home }: NetworkNode, method: string): Promise<Record<string, unknown>> {
  const rpc = createRpc({ socketPath: join(home, 'network', 'run', 'rpc.sock') })
  try {
    return Object(await rpc.call(method))
  } finally {
    rpc.close()
  }
}
