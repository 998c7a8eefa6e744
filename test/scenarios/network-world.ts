import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bsn, type Running, startBsn } from '../cli/bsn.ts'

/** A node of the network: its data folder, and its process while it runs. */
export type NetworkNode = {
  readonly name: string
  readonly home: string
  /** `host:port` of its CometBFT. */
  readonly listen: string
  readonly gateway: string
  /** Another launcher than this clone's. */
  program?: string
  running: Running | undefined
}

/** Where the engine is, if it is not at its usual place. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => /^(BSN_ENGINE_|XDG_CACHE_HOME$)/.test(name)),
) as Record<string, string>

export type Document = Readonly<Record<string, unknown>>

/** Several city nodes as processes of this machine, made by the commands that operators use. */
export class NetworkWorld {
  readonly folder = mkdtempSync(join(tmpdir(), 'bsn-net-'))
  readonly nodes: NetworkNode[] = []
  /** Rows that were put. */
  #rows = 0
  #keys = 0

  get rows(): number {
    return this.#rows
  }

  /** What every command of it is given to find its engine. */
  get env(): Readonly<Record<string, string>> {
    return env
  }

  file(name: string): string {
    return join(this.folder, name)
  }

  /** Runs a command to its end, which must be a good one. */
  async does(argv: readonly string[], stdin?: string): Promise<Document> {
    const ended = await bsn([...argv, '--json'], { env, ...(stdin === undefined ? {} : { stdin }) })
    assert.equal(ended.code, 0, `${argv.join(' ')}: ${ended.stdout}${ended.stderr}`)
    return JSON.parse(ended.stdout || '{}')
  }

  /** A node by its name. */
  node(name: string): NetworkNode {
    const node = this.nodes.find((one) => one.name === name)
    assert(node, `there is a node ${name}`)
    return node
  }

  get credential(): string {
    return this.file('credential.json')
  }

  /** The service `flights` with a credential, made through a node. */
  async publish({ home }: NetworkNode, options: readonly string[] = []): Promise<void> {
    const at = ['--home', home]
    await this.does(['service', 'create', 'flights', '--framework', 'records', ...at])
    await this.addCredential(this.credential, [...at, ...options])
  }

  async addCredential(file: string, options: readonly string[]): Promise<void> {
    const who = ['--service', 'flights', '--label', 'test', '--out', file]
    await this.does(['credential', 'create', ...who, ...options])
  }

  /** Registers so many rows of their own through a node; returns the file with their receipts. */
  async put(name: string, count: number): Promise<string> {
    const from = this.#rows
    this.#rows += count
    const rows = Array.from({ length: count }, (_, i) => JSON.stringify({ number: from + i }))
    const receipts = this.file(`receipts-${from}.ndjson`)
    const how = ['--service', 'flights', '--credential', this.credential, '--receipts', receipts]
    const to = ['--gateway', this.node(name).gateway, '--format', 'ndjson', '-']
    const done = await this.does(['record', 'put', ...how, ...to], rows.join('\n'))
    assert.equal(done.appended, count)
    return receipts
  }

  /** Begins to register so many rows of their own through whichever of these gateways works. */
  putThrough(gateways: readonly string[], count: number, credential: string): Running {
    const from = this.#rows
    this.#rows += count
    const rows = Array.from({ length: count }, (_, i) => JSON.stringify({ number: from + i }))
    const how = ['--service', 'flights', '--credential', credential]
    const to = ['--receipts', this.file(`receipts-${from}.ndjson`), '--gateway', gateways.join(',')]
    const argv = ['record', 'put', ...how, ...to, '--format', 'ndjson', '-']
    return startBsn(argv, { env, stdin: rows.join('\n') })
  }

  /** Verifies receipts with keys that a node gives now; `of` says of which ledger. */
  async verify(receipts: string, name: string, of: readonly string[] = []): Promise<void> {
    const keys = this.file(`keys-${this.#keys++}`)
    const from = ['--bundle', '--out', keys, '--gateway', this.node(name).gateway, ...of]
    await this.does(['ledger', 'keys', ...from])
    await this.does(['receipt', 'verify', '--file', receipts, '--keys', keys])
  }

  /** Puts something to the vote of the members whose files are given, and executes it. */
  async decide(
    what: readonly string[],
    { at, voters = [[]] }: { at: readonly string[]; voters?: readonly (readonly string[])[] },
  ): Promise<void> {
    const { proposal } = await this.does(['alliance', 'propose', ...what, '--reason', 'T', ...at])
    for (const voter of voters) {
      await this.does(['alliance', 'vote', String(proposal), 'yes', ...voter, ...at])
    }
    await this.does(['alliance', 'execute', String(proposal), ...at])
  }

  status(name: string, of: readonly string[] = []): Promise<Document> {
    return this.does(['node', 'status', '--gateway', this.node(name).gateway, ...of])
  }

  /** Waits until all that run have the same log and state. */
  async agree(): Promise<Document> {
    const ask = () =>
      Promise.all(
        this.nodes
          .filter(({ running }) => running)
          .map(({ gateway }) => this.does(['status', '--gateway', gateway])),
      )
    const isOne = (all: readonly Document[]) =>
      new Set(all.map(({ appHash, entries }) => `${appHash} ${entries}`)).size === 1
    const [one] = await eventually(ask, isOne)
    assert(one)
    return one
  }

  async #place(name: string): Promise<NetworkNode> {
    const [gateway, peer] = await Promise.all([freePort(), freePort()])
    const home = this.file(name)
    const [listen, url] = [`127.0.0.1:${peer}`, `http://127.0.0.1:${gateway}`]
    const node = { name, home, listen, gateway: url, running: undefined }
    this.nodes.push(node)
    return node
  }

  /** Makes a network of one of a node in one process, in place. */
  async becomeNetwork(node: NetworkNode): Promise<void> {
    await this.stop(node)
    const { home, listen, name } = node
    await this.does(['node', 'init', '--home', home, '--listen', listen, '--node', name])
    await this.start(node)
  }

  /** Lets a node that has joined sign blocks, as soon as it has them all. */
  async promote(name: string, { home }: NetworkNode, of: readonly string[] = []): Promise<void> {
    await this.upToDate(name, of)
    await eventually(
      () => this.does(['node', 'show', name, '--home', home, ...of]),
      ({ validator }) => typeof validator === 'string',
    )
    await this.does(['node', 'promote', name, '--home', home, ...of])
  }

  /** Waits until a node has what the others have. */
  async upToDate(name: string, of: readonly string[] = []): Promise<void> {
    await eventually(
      () => this.status(name, of),
      ({ catchingUp }) => catchingUp === false,
    )
  }

  /** An alliance of one in one process. */
  async found(name: string): Promise<NetworkNode> {
    const node = await this.#place(name)
    await this.start(node)
    return node
  }

  async start(node: NetworkNode): Promise<void> {
    const port = new URL(node.gateway).port
    // Nodes ask each other whether they are there, which on loopback has to be allowed.
    const where = ['--home', node.home, '--port', port, '--node', node.name]
    const beside = ['--webhook-allow', '127.0.0.0/8', '--json', '--quiet']
    const program = node.program === undefined ? {} : { program: node.program }
    node.running = startBsn(['node', 'start', ...where, ...beside], { env, ...program })
    await node.running.until(/^\{.*\}\n/)
  }

  /** Starts it as systemd does by the unit that it prints, with nothing of this shell. */
  async startByUnit(node: NetworkNode): Promise<void> {
    const { name, home } = node
    const facts = [`node:${name}`, `port:${new URL(node.gateway).port}`]
    const options = [...facts, 'webhook-allow:127.0.0.0/8'].flatMap((one) => ['--option', one])
    const { unit } = await this.does(['node', 'service', '--home', home, ...options])
    const of = (what: string) =>
      [...String(unit).matchAll(new RegExp(`^${what}=(.*)$`, 'gm'))].map(([, value = '']) => value)
    const [line = ''] = of('ExecStart')
    const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
    const own = of('Environment').map((one) => one.split('='))
    node.running = startBsn(['-c', `exec ${line}`], {
      ...{ program: '/bin/sh', env: { PATH: path, ...Object.fromEntries(own) } },
    })
    await node.running.until(/OpenBSN is up/)
  }

  async restart(node: NetworkNode): Promise<void> {
    await this.stop(node)
    await this.start(node)
  }

  /** As an operator stops it. */
  async stop(node: NetworkNode): Promise<void> {
    node.running?.child.kill('SIGTERM')
    await this.#ended(node)
  }

  /** As a power cut does it; CometBFT beside it ends by its guard. */
  async kill(node: NetworkNode): Promise<void> {
    // The launcher becomes the program: it has the same id.
    node.running?.child.kill('SIGKILL')
    await this.#ended(node)
  }

  async #ended(node: NetworkNode): Promise<void> {
    await node.running?.ended
    node.running = undefined
  }

  /** Lets a new node in, by an invitation of `host`, whose gateway may be reached another way. */
  async join(
    name: string,
    host: NetworkNode,
    more: readonly string[] = [],
    gateway = host.gateway,
  ): Promise<NetworkNode> {
    const token = this.file(`${name}.token`)
    await this.does(['node', 'invite', '--home', host.home, '--out', token])
    const node = await this.#place(name)
    const own = ['--home', node.home, '--listen', node.listen, '--node', name]
    const secret = readFileSync(token, 'utf8')
    const how = [...own, ...more]
    await this.does(['node', 'join', gateway, '--token-file', '-', ...how], secret)
    await this.start(node)
    return node
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => this.kill(node)))
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** A port of this machine that nothing uses now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert(typeof address === 'object' && address)
  server.close()
  return address.port
}

/** Asks until the answer is right, for a minute at most where it is not said. */
export async function eventually<T>(
  ask: () => Promise<T>,
  isRight: (answer: T) => boolean,
  withinMs = 60_000,
) {
  const until = performance.now() + withinMs
  for (;;) {
    const answer = await ask().catch((error: unknown) => error as Error)
    if (!(answer instanceof Error) && isRight(answer)) return answer
    if (performance.now() > until) assert.fail(`not in time: ${JSON.stringify(answer)} ${answer}`)
    await new Promise((done) => setTimeout(done, 200))
  }
}
