import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { type Client, createClient, type LastBlock } from '@openbsn/sdk'
import type { Prng } from '../../src/testing/prng.ts'
import { Checker } from './checker.ts'
import type { History, Line } from './history.ts'
import type { NetworkNode } from './network-node.ts'

/** All nodes have the same within this after the last write. */
const agreeMsMax = 60_000
/** Heights at which nodes are compared, beside the last. */
const heights = 12

type Head = {
  readonly height: number
  readonly time: number
  readonly size: number
  readonly appHash: string
}

export type NetworkJudgeOptions = {
  readonly ledger: string
  /** Data folder that names the ledger for clients. */
  readonly home: string
  readonly prng: Prng
}

/** Judges every node of a network by what its users wrote down, and the nodes by each other. */
export class NetworkJudge {
  readonly #options: NetworkJudgeOptions
  readonly #histories: History[] = []
  /** Lines of each history that were judged. */
  readonly #judged = new Map<History, number>()
  readonly #checkers = new Map<string, Checker>()

  constructor(options: NetworkJudgeOptions) {
    this.#options = options
  }

  add(history: History): void {
    this.#histories.push(history)
  }

  /** What users were told since the last time is on every node, and all of it is the same. */
  async judge(nodes: readonly NetworkNode[]): Promise<number> {
    const { prng, home } = this.#options
    const head = await this.#agree(nodes)
    const lines = this.#histories.map((one) => this.#newLines(one))
    let acknowledged = 0
    for (const node of nodes) {
      const client = node.reader(home)
      const checker = this.#checkerOf(node)
      await checker.observe(node.gateway, client, prng)
      acknowledged = await checker.judge(lines, client)
      assert.equal(checker.size, head.size, node.name)
    }
    await this.#compare(nodes, head.height)
    return acknowledged
  }

  /** Everything once more, by judges who know nothing yet; and the lists, and all heads. */
  async judgeAll(nodes: readonly NetworkNode[]): Promise<number> {
    const seen = [...this.#checkers]
    this.#checkers.clear()
    this.#judged.clear()
    const acknowledged = await this.judge(nodes)
    for (const node of nodes) {
      const client = node.reader(this.#options.home)
      await this.#checkerOf(node).judgeLists(client)
      const [, before] = seen.find(([name]) => name === node.name) ?? []
      await before?.judgeHeads(client)
    }
    return acknowledged
  }

  #checkerOf({ name }: NetworkNode): Checker {
    const checker = this.#checkers.get(name) ?? new Checker(this.#options.ledger)
    this.#checkers.set(name, checker)
    return checker
  }

  #newLines(history: History): Line[] {
    const lines = history.read()
    const fresh = lines.slice(this.#judged.get(history) ?? 0)
    this.#judged.set(history, lines.length)
    return fresh
  }

  /** Waits until all nodes have the same last block. */
  async #agree(nodes: readonly NetworkNode[]): Promise<Head> {
    const until = performance.now() + agreeMsMax
    for (;;) {
      const heads = await Promise.all(nodes.map((node) => this.headOf(node)))
      const [first] = heads
      assert(first, 'a network has nodes')
      const isOne = new Set(heads.map(({ height, size }) => `${height} ${size}`)).size === 1
      if (isOne) {
        for (const { appHash } of heads) assert.equal(appHash, first.appHash, 'they forked')
        return first
      }
      const names = nodes.map(({ name }, i) => `${name} ${JSON.stringify(heads[i])}`)
      assert.ok(performance.now() < until, `no agreement in time: ${names.join(', ')}`)
      await pause(100)
    }
  }

  async headOf({ gateway }: NetworkNode): Promise<Head> {
    const signal = AbortSignal.timeout(10_000)
    const answer = await fetch(`${gateway}/api/v1/ledgers/${this.#options.ledger}`, { signal })
    assert.equal(answer.status, 200, `${gateway}: HTTP ${answer.status}`)
    const { height, time, size, appHash } = (await answer.json()) as Head
    return { height, time, size, appHash }
  }

  /** How old the answers of a node are, as it says to clients. */
  async ageOf({ gateway, name }: NetworkNode): Promise<LastBlock> {
    const { ledger } = this.#options
    const told: LastBlock[] = []
    const onBlock = (_: string, block: LastBlock) => told.push(block)
    await createClient({ gateway, ledger, attemptsMax: 1, onBlock }).nodes()
    const [block] = told
    assert(block, `${name} says how old its answer is`)
    return block
  }

  /** Size, time and roots at one height: what the application hash is of. */
  async #compare(nodes: readonly NetworkNode[], last: number): Promise<void> {
    const { prng, home } = this.#options
    const clients = nodes.map((node) => node.reader(home))
    const chosen = Array.from({ length: heights }, () => prng.int(1, last))
    for (const height of [...chosen, last]) {
      const [first, ...rest] = await Promise.all(clients.map((one) => blockOf(one, height)))
      for (const [i, one] of rest.entries()) {
        assert.deepEqual(one, first, `height ${height}: ${nodes[i + 1]?.name} forked`)
      }
    }
  }
}

/** What all nodes have in common of a block: its signatures may be of any who are enough. */
async function blockOf(client: Client, height: number) {
  const { checkpoints, ...block } = await client.checkpoint(height)
  return block
}
