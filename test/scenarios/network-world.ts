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
  running: Running | undefined
}

export type Document = Readonly<Record<string, unknown>>

/** Several city nodes as processes of this machine, made by the commands that operators use. */
export class NetworkWorld {
  readonly folder = mkdtempSync(join(tmpdir(), 'bsn-net-'))
  readonly nodes: NetworkNode[] = []

  file(name: string): string {
    return join(this.folder, name)
  }

  /** Runs a command to its end, which must be a good one. */
  async does(argv: readonly string[], stdin?: string): Promise<Document> {
    const ended = await bsn([...argv, '--json'], stdin === undefined ? {} : { stdin })
    assert.equal(ended.code, 0, `${argv.join(' ')}: ${ended.stdout}${ended.stderr}`)
    return JSON.parse(ended.stdout || '{}')
  }

  async #place(name: string): Promise<NetworkNode> {
    const [gateway, peer] = await Promise.all([freePort(), freePort()])
    const home = this.file(name)
    const [listen, url] = [`127.0.0.1:${peer}`, `http://127.0.0.1:${gateway}`]
    const node = { name, home, listen, gateway: url, running: undefined }
    this.nodes.push(node)
    return node
  }

  /** An alliance of one in one process. */
  async found(name: string): Promise<NetworkNode> {
    const node = await this.#place(name)
    await this.start(node)
    return node
  }

  async start(node: NetworkNode): Promise<void> {
    const port = new URL(node.gateway).port
    const where = ['--home', node.home, '--port', port, '--node', node.name]
    node.running = startBsn(['node', 'start', ...where, '--json', '--quiet'])
    await node.running.until(/^\{.*\}\n/)
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

  /** Lets a new node in, by an invitation of `host`. */
  async join(name: string, host: NetworkNode): Promise<NetworkNode> {
    const token = this.file(`${name}.token`)
    await this.does(['node', 'invite', '--home', host.home, '--out', token])
    const node = await this.#place(name)
    const own = ['--home', node.home, '--listen', node.listen, '--node', name]
    const secret = readFileSync(token, 'utf8')
    await this.does(['node', 'join', host.gateway, '--token-file', '-', ...own], secret)
    await this.start(node)
    return node
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => this.kill(node)))
    rmSync(this.folder, { recursive: true, force: true })
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert(typeof address === 'object' && address)
  server.close()
  return address.port
}

/** Asks until the answer is right, for a minute at most. */
export async function eventually<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean) {
  const until = performance.now() + 60_000
  for (;;) {
    const answer = await ask().catch((error: unknown) => error as Error)
    if (!(answer instanceof Error) && isRight(answer)) return answer
    if (performance.now() > until) assert.fail(`not in time: ${JSON.stringify(answer)} ${answer}`)
    await new Promise((done) => setTimeout(done, 200))
  }
}
