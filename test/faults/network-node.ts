import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Client, createClient } from '@openbsn/sdk'
import { program, type Running, startBsn } from '../cli/bsn.ts'
import { readerOf } from './load.ts'
import { NetworkDoor } from './network-door.ts'
import type { Host } from './network-hosts.ts'

/** A killed process serves again within this (P9). */
const servesMsMax = 20_000
/** The same on every machine, as it would be on machines of their own. */
const gatewayPort = 8420
/** Where a node's CometBFT hears of others. */
export const peerPort = 8430

/** Where the engine is, if it is not at its usual place. */
export const engineEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => /^(BSN_ENGINE_|XDG_CACHE_HOME$)/.test(name)),
) as Record<string, string>

export type NetworkNodeOptions = {
  /** Of the city node in the alliance. */
  readonly name: string
  readonly host: Host
  readonly home: string
}

/** A city node on a host of its own: `bsn node start`, and the CometBFT that it starts. */
export class NetworkNode {
  readonly name: string
  readonly host: Host
  readonly home: string
  /** Arguments that say where other nodes reach it. */
  readonly place: readonly string[]
  /** The launcher; another one after an upgrade. */
  program = program
  #running: Running | undefined
  readonly #door: NetworkDoor

  private constructor({ name, host, home }: NetworkNodeOptions, door: NetworkDoor) {
    this.name = name
    this.host = host
    this.home = home
    this.#door = door
    const external = `${host.address}:${peerPort}`
    this.place = ['--listen', `0.0.0.0:${peerPort}`, '--external', external, '--node', name]
  }

  static async place(options: NetworkNodeOptions): Promise<NetworkNode> {
    const path = `${options.home}.door`
    rmSync(path, { force: true })
    return new NetworkNode(options, await NetworkDoor.open(options.host, gatewayPort, path))
  }

  /** Address of its gateway, as the test reaches it. */
  get gateway(): string {
    return this.#door.url
  }

  get isRunning(): boolean {
    return this.#running !== undefined
  }

  /** What its gateway tells on its own machine alone. */
  metrics(): string {
    const ask = `fetch('http://127.0.0.1:${gatewayPort}/metrics').then((a) => a.text())`
    const program = [process.execPath, '-e', `${ask}.then(console.log)`]
    const [command = '', ...args] = [...this.host.under, ...program]
    return execFileSync(command, args, { encoding: 'utf8' })
  }

  /** Tries once, and waits somewhat longer than the 5 s in which a gateway has to answer. */
  client(ledger: string): Client {
    return createClient({ gateway: this.gateway, ledger, attemptsMax: 1, timeoutMs: 10_000 })
  }

  reader(home: string): Client {
    return readerOf(this.gateway, home)
  }

  async start(): Promise<void> {
    const where = ['--home', this.home, '--port', `${gatewayPort}`, '--node', this.name]
    const { under } = this.host
    const options = { env: engineEnv, under, program: this.program }
    const running = startBsn(['node', 'start', ...where, '--json'], options)
    this.#running = running
    void running.ended.then(() => {
      if (this.#running === running) this.#running = undefined
    })
    await this.says(/^\{.*\}\n/, servesMsMax)
  }

  /** As an operator stops it. */
  async stop(): Promise<void> {
    const running = this.#running
    assert(running, `${this.name} runs`)
    running.child.kill('SIGTERM')
    const { code, stderr } = await running.ended
    assert.equal(code, 0, `${this.name}: ${stderr}`)
  }

  /** SIGKILL to its process alone: its CometBFT has to end by its guard. */
  async kill(): Promise<void> {
    const running = this.#running
    running?.child.kill('SIGKILL')
    await running?.ended
    for (let i = 0; i < 500 && this.engine !== undefined; i++) await pause(20)
    assert.equal(this.engine, undefined, `CometBFT of ${this.name} outlives it`)
  }

  /** Both of its processes in one moment, as a power cut does it. */
  async cutPower(): Promise<void> {
    this.signal('SIGKILL')
    await this.kill()
  }

  /** SIGKILL to its CometBFT alone; returns which process that was. */
  killEngine(): number {
    const { engine } = this
    assert(engine !== undefined, `CometBFT of ${this.name} runs`)
    process.kill(engine, 'SIGKILL')
    return engine
  }

  /** A signal to both of its processes. */
  signal(signal: NodeJS.Signals): void {
    const { engine } = this
    if (engine !== undefined) process.kill(engine, signal)
    this.#running?.child.kill(signal)
  }

  /** Resolves when its log has it. */
  async says(pattern: RegExp, milliseconds: number): Promise<void> {
    assert(this.#running, `${this.name} runs`)
    const late = new AbortController()
    const end = pause(milliseconds, undefined, { signal: late.signal }).then(() => {
      assert.fail(`${this.name} says nothing of ${pattern} in ${milliseconds} ms`)
    })
    await Promise.race([this.#running.until(pattern), end]).finally(() => late.abort())
  }

  /** Its CometBFT's process, by the folder that it runs in. */
  get engine(): number | undefined {
    const comet = join(this.home, 'network', 'comet')
    const found = readdirSync('/proc').find((name) => {
      if (!/^\d+$/.test(name)) return false
      const [, verb, , folder] = commandLine(name)
      return verb === 'node' && folder === comet
    })
    return found === undefined ? undefined : Number(found)
  }

  async close(): Promise<void> {
    this.signal('SIGCONT')
    await this.kill()
    await this.#door.close()
  }
}

function commandLine(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}
