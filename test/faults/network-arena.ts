import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { createPrng, type Prng } from '../../src/testing/prng.ts'
import { Draw } from './draw.ts'
import { History } from './history.ts'
import { type CitiesOptions, NetworkCities } from './network-cities.ts'
import { NetworkJudge } from './network-judge.ts'
import type { NetworkNode } from './network-node.ts'
import { NetworkWriter } from './network-writer.ts'

/** After a fault is over, every gateway registers something new within this (P9). */
const recoveryMsMax = 20_000
/** What nobody answered is known within this after healing (P5). */
const resolvedMsMax = 30_000
/** While all nodes start at once, a busy machine takes its time to answer at all. */
const failureMsMax = 8000
/** What was on its way when a fault began. */
const inFlightMs = 2000

/** A fault: what `run` does to a network; when it returns, it is over. */
export type NetworkFault = {
  readonly name: string
  run(arena: NetworkArena): Promise<void>
}

export type Endured = {
  /** Milliseconds after which each gateway registered something new, in the order of nodes. */
  readonly recoveryMs: readonly number[]
  /** The longest time, from the beginning of the fault on, in which no user had an answer. */
  readonly silenceMs: number
  /** Acts that were acknowledged while the fault was there, and in all since the last one. */
  readonly during: number
  readonly judged: number
  /** The latest that anything was answered that was no outcome, of all time. */
  readonly slowestFailureMs: number
  readonly failures: Readonly<Record<string, number>>
}

/** Four validators and a node that follows, used all the time through three gateways. */
export class NetworkArena extends Draw {
  readonly cities: NetworkCities
  readonly #writers: NetworkWriter[] = []
  readonly #histories: History[] = []
  #judge: NetworkJudge | undefined
  #over = new AbortController()
  #writing: Promise<unknown> = Promise.resolve()
  /** The fault that is not endured yet. */
  #broken: string | undefined
  /** Names of those that sign blocks. */
  readonly validators = ['rome', 'berlin', 'lagos', 'lima']

  constructor(prng: Prng, options: CitiesOptions = {}) {
    super(prng)
    this.cities = new NetworkCities(options)
  }

  /** Users' gateways: two validators, and the node that only follows. */
  get gateways(): NetworkNode[] {
    return ['rome', 'lima', 'oslo'].map((name) => this.cities.node(name))
  }

  get judge(): NetworkJudge {
    assert(this.#judge, 'the network has begun')
    return this.#judge
  }

  async begin(): Promise<void> {
    const { cities, prng } = this
    await cities.found('rome')
    for (const name of ['berlin', 'lagos', 'lima', 'oslo']) await cities.invite(name)
    await Promise.all(cities.nodes.slice(1).map((node) => node.start()))
    for (const node of cities.nodes.slice(1)) await cities.isUpToDate(node)
    for (const name of this.validators.slice(1)) await cities.change('promote', name)
    await cities.areConnected()
    const { ledger, home } = cities
    this.#judge = new NetworkJudge({ ledger, home, prng: createPrng(prng.seed) })
    for (const [i] of this.gateways.entries()) this.#addWriter(i)
    this.#write()
  }

  #addWriter(number: number): void {
    const name = `writer ${number}`
    const history = new History(this.cities.folder.file(`history-${number}.ndjson`))
    this.#histories.push(history)
    this.judge.add(history)
    const { ledger } = this.cities
    // Its own gateway first, then the others in order.
    const gateways = [...this.gateways.slice(number), ...this.gateways.slice(0, number)]
    const clients = gateways.map((node) => node.client(ledger))
    // A generator for each: which of them comes first is not the seed's to say.
    const prng = createPrng(this.prng.seed + number + 1)
    this.#writers.push(new NetworkWriter({ name, ledger, gateways: clients, history, prng }))
  }

  #write(): void {
    this.#over = new AbortController()
    this.#writing = Promise.all(this.#writers.map((one) => one.run(this.#over.signal)))
    // Heard where it is awaited.
    this.#writing.catch(() => undefined)
  }

  async #stopWriting(): Promise<void> {
    this.#over.abort()
    await this.#writing
  }

  get #acknowledged(): number {
    return this.#writers.reduce((sum, { acknowledgedMs }) => sum + acknowledgedMs.length, 0)
  }

  /** The longest time in which nobody had an acknowledgement. */
  #silenceMs(fromMs: number): number {
    const times = this.#writers.flatMap(({ acknowledgedMs }) => acknowledgedMs)
    const since = [fromMs, ...times.filter((ms) => ms > fromMs).toSorted((a, b) => a - b)]
    return Math.max(0, ...since.slice(1).map((ms, i) => ms - (since[i] ?? ms)))
  }

  get #prober(): NetworkWriter {
    const [first] = this.#writers
    assert(first, 'the network has begun')
    return first
  }

  pickValidator(): NetworkNode {
    return this.cities.node(this.pick(this.validators))
  }

  /** Waits until something is so. */
  async isTrue(ask: () => boolean, what: string): Promise<void> {
    const until = performance.now() + recoveryMsMax
    while (!ask() && performance.now() < until) await pause(50)
    assert.ok(ask(), `${what}, but not within ${recoveryMsMax} ms`)
  }

  /** A node that is cut off registers nothing, and says so. */
  async isRefused(node: NetworkNode): Promise<void> {
    await this.#prober.isRefused(node.client(this.cities.ledger))
  }

  /** Lets time pass. */
  async pause(milliseconds: number): Promise<void> {
    await pause(milliseconds)
  }

  /** A while in which users must go on. */
  async goesOn(milliseconds: number): Promise<void> {
    const before = this.#acknowledged
    await pause(milliseconds)
    const until = performance.now() + recoveryMsMax
    while (this.#acknowledged === before && performance.now() < until) await pause(50)
    assert.ok(this.#acknowledged > before, `nothing was registered in ${milliseconds} ms and 20 s`)
  }

  /** A while in which nothing may be decided, but for what was on its way. */
  async standsStill(milliseconds: number): Promise<void> {
    await pause(inFlightMs)
    const heads = () => Promise.all(this.cities.running.map((node) => this.judge.headOf(node)))
    const [before, acknowledged] = [await heads(), this.#acknowledged]
    await pause(milliseconds)
    assert.deepEqual(await heads(), before, 'too few decided something')
    assert.equal(this.#acknowledged, acknowledged, 'too few acknowledged something')
  }

  /** Who wrote in vain can read all the time, and is told that nothing is decided since when. */
  async readsAreDated(): Promise<void> {
    await Promise.all(this.gateways.map((node) => this.isRefused(node)))
    for (const node of this.gateways) {
      const [{ height, time }, said] = [await this.judge.headOf(node), await this.judge.ageOf(node)]
      const { noQuorumSince = 0 } = said
      assert.deepEqual([said.height, said.time], [height, time], node.name)
      assert.ok(noQuorumSince >= time - 1, `${node.name}: ${JSON.stringify(said)}`)
      assert.ok(said.age >= 4, `${node.name}: ${JSON.stringify(said)}`)
    }
  }

  /** A fault, its end, the time that users noticed it, and the judgement. */
  async endure(fault: NetworkFault): Promise<Endured> {
    assert.equal(this.#broken, undefined, 'an earlier fault has broken the network')
    this.#broken = fault.name
    const endured = await this.#endure(fault)
    this.#broken = undefined
    return endured
  }

  async #endure(fault: NetworkFault): Promise<Endured> {
    const [before, beganMs] = [this.#acknowledged, performance.now()]
    await fault.run(this)
    const nodes = this.#allRunning()
    const during = this.#acknowledged - before
    const { ledger } = this.cities
    const recoveryMs = await Promise.all(
      nodes.map((node) => this.#prober.probe(node.client(ledger), recoveryMsMax)),
    )
    await this.#stopWriting()
    await Promise.all(this.#writers.map((one) => one.resolve(resolvedMsMax)))
    for (const node of nodes) {
      const said = await this.judge.ageOf(node)
      assert.equal(said.noQuorumSince, undefined, `${node.name}: ${JSON.stringify(said)}`)
    }
    const judged = await this.judge.judge(nodes)
    const failures = this.#failures()
    this.#write()
    const silenceMs = Math.round(this.#silenceMs(beganMs))
    const slowestFailureMs = Math.round(
      Math.max(...this.#writers.map((writer) => writer.slowestFailureMs)),
    )
    const recovery = recoveryMs.map(Math.round)
    return { recoveryMs: recovery, silenceMs, during, judged, slowestFailureMs, failures }
  }

  /** All nodes: one that ended by itself would be judged by nobody. */
  #allRunning(): readonly NetworkNode[] {
    const { nodes } = this.cities
    const ended = nodes.filter(({ isRunning }) => !isRunning).map(({ name }) => name)
    assert.deepEqual(ended, [], 'nodes ended that were not stopped')
    return nodes
  }

  /** What was answered in place of an outcome since the last time; none of it came late. */
  #failures(): Record<string, number> {
    const sums: Record<string, number> = {}
    for (const writer of this.#writers) {
      const { slowestFailureMs, failures } = writer
      assert.ok(slowestFailureMs < failureMsMax, `an answer after ${slowestFailureMs} ms`)
      for (const [code, count] of Object.entries(failures)) {
        sums[code] = (sums[code] ?? 0) + count
        delete failures[code]
      }
    }
    return sums
  }

  /** Everything is judged once more; then every node's ledger, by the independent verifier. */
  async end(): Promise<number> {
    assert.equal(this.#broken, undefined, 'a fault has broken the network')
    await this.#stopWriting()
    await Promise.all(this.#writers.map((one) => one.resolve(resolvedMsMax)))
    const { cities } = this
    const nodes = this.#allRunning()
    const acknowledged = await this.judge.judgeAll(nodes)
    await Promise.all(nodes.map((node) => node.stop()))
    for (const { home } of nodes) await cities.does(['ledger', 'verify', '--home', home])
    return acknowledged
  }

  async close(): Promise<void> {
    this.#over.abort()
    await this.#writing.catch(() => undefined)
    await this.cities.close()
    for (const history of this.#histories) history.close()
  }
}
