import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { assert } from '../kernel/assert.ts'
import { engineHere } from './user-engines.ts'

/** One real CometBFT; it ends with this process at the latest. */
export class CometEngine {
  readonly #home: string
  #child: ChildProcess | undefined

  constructor(home: string) {
    this.#home = home
  }

  async start(): Promise<void> {
    const program = engineHere('cometbft')
    assert(program !== undefined, 'CometBFT is installed')
    const log = openSync(join(this.#home, 'log'), 'a')
    const child = spawn(program, ['node', '--home', this.#home], { stdio: ['ignore', log, log] })
    this.#child = child
    const kill = () => child.kill('SIGKILL')
    process.once('exit', kill)
    child.once('exit', () => process.off('exit', kill))
    await once(child, 'spawn')
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const late = setTimeout(() => child.kill('SIGKILL'), 5000)
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
    clearTimeout(late)
  }

  /** What it has written. */
  log(): string {
    return readFileSync(join(this.#home, 'log'), 'utf8')
  }
}
