import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const root = join(import.meta.dirname, '../..')
const up = ['--conditions=openbsn-source', join(root, 'src/cli/main.ts'), 'up', '--json']

export type ProgramOptions = {
  readonly home: string
  readonly port?: number
  /** More of the command line. */
  readonly args?: readonly string[]
  /** What the program runs under, such as strace and its arguments. */
  readonly under?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/** `bsn up` as a process of its own, ended by nobody but the test that started it. */
export class Program {
  readonly child: ChildProcess
  readonly exit: Promise<Ended>
  /** What it said on stderr so far: its log. */
  log = ''
  readonly #lock: string
  readonly #address: Promise<string>
  #ended: Ended | undefined

  constructor({ home, port = 0, args: more = [], under = [], env = {} }: ProgramOptions) {
    this.#lock = join(home, 'node.lock')
    const [file = '', ...args] = [
      ...under,
      process.execPath,
      ...up,
      '--home',
      home,
      '--port',
      `${port}`,
      ...more,
    ]
    // In a group of its own, so that what runs under strace is reached too.
    this.child = spawn(file, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    this.child.stderr?.on('data', (data) => {
      this.log += String(data)
    })
    this.exit = once(this.child, 'exit').then(([code, signal]) => {
      this.#ended = { code, signal }
      return this.#ended
    })
    this.#address = this.#announced()
    this.#address.catch(() => undefined)
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined
  }

  /** Of the program itself, not of what it runs under. */
  get pid(): number {
    return Number.parseInt(readFileSync(this.#lock, 'utf8'), 10)
  }

  /** Its address, once it serves. Rejects with its log where it ends before. */
  address(): Promise<string> {
    return this.#address
  }

  async #announced(): Promise<string> {
    const { stdout } = this.child
    if (!stdout) throw new Error('the program has a stdout')
    for await (const line of createInterface({ input: stdout })) {
      const { address } = JSON.parse(line) as { address?: unknown }
      if (typeof address === 'string') return address
    }
    throw new Error(`bsn up ended before it served:\n${this.log}`)
  }

  /** SIGKILL to all of it, and waits until it is gone. */
  async kill(): Promise<void> {
    if (this.child.pid !== undefined && !this.hasEnded) process.kill(-this.child.pid, 'SIGKILL')
    await this.exit
  }

  /** Asks the program itself to end cleanly. */
  async stop(): Promise<Ended> {
    process.kill(this.pid, 'SIGTERM')
    return this.exit
  }
}
