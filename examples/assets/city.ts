import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

const program = join(import.meta.dirname, '../../bin/bsn')

export type Answer = Readonly<Record<string, unknown>>

/** Runs `bsn` to its end, and gives its answer. @throws what it says */
export async function bsn(...argv: readonly string[]): Promise<Answer> {
  const child = spawn(program, [...argv, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [[code], said, words] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ])
  if (code === 0) return JSON.parse(said || '{}')
  throw new TypeError(`bsn ${argv.join(' ')}: ${words.trim().split('\n').at(-1)}`)
}

/** A company's city node: its data folder, and its process while it runs. */
export class City {
  readonly name: string
  readonly home: string
  readonly port: number
  /** Of its CometBFT. */
  readonly listen: string
  #child: ChildProcess | undefined

  private constructor(name: string, folder: string, [port, peer]: readonly [number, number]) {
    this.name = name
    this.home = join(folder, name)
    this.port = port
    this.listen = `127.0.0.1:${peer}`
  }

  static async place(name: string, folder: string): Promise<City> {
    return new City(name, folder, [await freePort(), await freePort()])
  }

  get gateway(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Settles when it is up. */
  async start(): Promise<void> {
    const where = ['--home', this.home, '--port', String(this.port), '--node', this.name]
    const local = ['--webhook-allow', '127.0.0.0/8', '--quiet', '--json']
    const child = spawn(program, ['node', 'start', ...where, ...local], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child = child
    const ended = once(child, 'close').then(() => {
      throw new TypeError(`the node ${this.name} ended before it was up`)
    })
    await Promise.race([once(child.stdout, 'data'), ended])
    ended.catch(() => undefined)
    child.stdout.resume()
  }

  async stop(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'close')
    child.kill('SIGTERM')
    await ended
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : 0
}

/** Asks until the answer is right, for five minutes at most: a contract has to be built. */
export async function until<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  const end = performance.now() + 300_000
  for (;;) {
    const answer = await ask()
    if (isRight(answer)) return answer
    if (performance.now() > end) throw new TypeError(`not in time: ${JSON.stringify(answer)}`)
    await new Promise((done) => setTimeout(done, 500))
  }
}
