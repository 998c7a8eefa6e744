import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createEngine, type Engine, type EngineChange } from '../../../engines/engine.ts'
import type { Isolation } from '../../../engines/isolation.ts'
import { pause } from '../../../engines/pause.ts'
import type { Clock } from '../../../kernel/clock.ts'
import { evmError } from '../errors.ts'
import { anvilProgram, makeSocketPath } from './anvil-program.ts'
import { IpcPool } from './ipc-pool.ts'
import type { SandboxLimits } from './sandbox-limits.ts'
import type { Snapshots } from './snapshots.ts'

/** What runs sandboxes on this machine. */
export type Anvil = { readonly program: string; readonly isolation: Isolation | undefined }

export type RunOptions = {
  readonly anvil: Anvil
  readonly folder: string
  readonly chainId: number
  readonly limits: SandboxLimits
}

export type RunDeps = {
  readonly clock: Clock
  readonly snapshots: Snapshots
  /** Told when it answers: at first, and after each end that was not asked for. */
  readonly onUp: () => void
  /** It ended by itself, and what was not saved is lost; it is started again. */
  readonly onDown: (how: string) => void
}

/** anvil over a chain's newest snapshot, from its start until it is stopped. */
export interface AnvilRun {
  readonly socket: string
  readonly pid: number | undefined
  /** @throws ENGINE_*, CHAIN_STATE_DAMAGED */
  start(signal: AbortSignal): Promise<void>
  stop(): Promise<void>
  /** The packed state, and whether every transaction that was accepted is in it. */
  dump(): Promise<{ readonly packed: Buffer; readonly isSettled: boolean }>
  /** How many transactions in it could be in a block. @throws CHAIN_* */
  pending(signal: AbortSignal): Promise<number>
  /** Has it make a block. @throws CHAIN_* */
  mine(signal: AbortSignal): Promise<void>
}

/**
 * A chain that does not answer for so long is ended and started again, and loses what is not saved.
 * Two batches of a hundred calls that take as much gas as may be take it a third of this.
 */
const stuckMsMax = 30_000
const dumpTimeoutMs = 120_000
/** What was accepted is in a block a moment later. */
const [dumpTriesMax, dumpPauseMs] = [5, 20]
const logSizeBytesMax = 1024 * 1024

/** Starts nothing yet. */
export async function createAnvilRun(options: RunOptions, deps: RunDeps): Promise<AnvilRun> {
  const { folder } = options
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const socket = await makeSocketPath(folder)
  return new Run({ ...options, socket }, deps)
}

class Run implements AnvilRun {
  readonly socket: string
  readonly #deps: RunDeps
  readonly #folder: string
  readonly #engine: Engine
  readonly #control: () => IpcPool
  #pool: IpcPool | undefined
  /** Newest snapshots that the engine could not read, although they are whole. */
  #unreadable = 0
  #state: string | undefined

  constructor(options: RunOptions & { readonly socket: string }, deps: RunDeps) {
    const { anvil, folder, socket, chainId, limits } = options
    this.socket = socket
    this.#deps = deps
    this.#folder = folder
    this.#control = () => controlPool(socket, limits)
    const { program, isolation } = anvil
    const fixed = { anvil: program, isolation, folder, socket, chainId, gasLimit: limits.gasLimit }
    this.#engine = createEngine(
      {
        name: 'anvil',
        folder: join(folder, 'engine'),
        program: () => anvilProgram({ ...fixed, state: this.#state }),
        startTimeoutMs: limits.wakeTimeoutMs,
        unhealthyMsMax: stuckMsMax,
        restartDelayMs: 50,
        logSizeBytesMax,
        logFilesMax: 2,
      },
      {
        clock: deps.clock,
        probe: (signal) => this.#ask('eth_chainId', signal),
        beforeStart: () => this.#prepare(),
        onChange: (change) => this.#changed(change),
      },
    )
  }

  get pid(): number | undefined {
    return this.#engine.pid
  }

  start(signal: AbortSignal): Promise<void> {
    return this.#engine.start(signal)
  }

  async stop(): Promise<void> {
    await this.#engine.stop()
    this.#pool?.close()
    this.#pool = undefined
    await rm(this.socket, { force: true }).catch(() => undefined)
  }

  async dump(): Promise<{ packed: Buffer; isSettled: boolean }> {
    const signal = AbortSignal.timeout(dumpTimeoutMs)
    for (let tries = 1; ; tries++) {
      const before = await this.#ask('eth_blockNumber', signal)
      const pending = await this.#ask('txpool_status', signal)
      const packed = packedIn(await this.#ask('anvil_dumpState', signal))
      const isSettled = pending.includes('"pending":"0x0"')
      // A block that came meanwhile may be in it without what it changed.
      const isWhole = before.equals(await this.#ask('eth_blockNumber', signal))
      if ((isWhole && isSettled) || tries === dumpTriesMax) return { packed, isSettled }
      await pause(dumpPauseMs, signal)
    }
  }

  async pending(signal: AbortSignal): Promise<number> {
    const status = await this.#ask('txpool_status', signal)
    const [, pending = '0'] = /"pending":"(0x[0-9a-f]+)"/.exec(status.toString('latin1')) ?? []
    return Number(pending)
  }

  async mine(signal: AbortSignal): Promise<void> {
    await this.#ask('evm_mine', signal)
  }

  /** Before each start: the newest snapshot that is whole, and that the engine can read. */
  async #prepare(): Promise<void> {
    const { snapshots } = this.#deps
    const path = join(this.#folder, 'state.json')
    const found = await snapshots.read(this.#unreadable)
    if (!found && (await snapshots.isThere())) {
      const message = `No snapshot of the chain in ${this.#folder} can be read.`
      throw evmError('CHAIN_STATE_DAMAGED', message)
    }
    if (found) await writeFile(path, found.state, { mode: 0o600 })
    this.#state = found ? path : undefined
  }

  #changed({ state, end }: EngineChange): void {
    if (state === 'healthy') {
      this.#unreadable = 0
      // Unpacked it may be large, and it was read.
      void rm(join(this.#folder, 'state.json'), { force: true }).catch(() => undefined)
      this.#deps.onUp()
    }
    if (state !== 'waiting' || !end) return
    this.#pool?.close()
    this.#pool = undefined
    if (end.lastLines.some((line) => line.includes('--load-state'))) this.#unreadable++
    const how = end.signal ?? (end.cause ? String(end.cause) : `code ${end.code}`)
    this.#deps.onDown(`${how}${end.lastLines.length > 0 ? `: ${end.lastLines.at(-1)}` : ''}`)
  }

  #ask(method: string, signal: AbortSignal, params: readonly string[] = []): Promise<Buffer> {
    this.#pool ??= this.#control()
    const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
    return this.#pool.ask({ body, signal })
  }
}

/** A way of our own, so that neither calls nor snapshots wait for each other. */
function controlPool(path: string, { stateBytesMax }: SandboxLimits): IpcPool {
  // In hex, and with room for a chain that has become too large just now.
  const answerBytesMax = 4 * stateBytesMax + 1024
  const few = { connectionsMax: 2, waitingMax: 8 }
  return new IpcPool({ path, ...few, answerBytesMax, timeoutMs: dumpTimeoutMs })
}

const resultStart = Buffer.from('"result":"0x')

/** The bytes of an answer whose result is text in hex. @throws CHAIN_UNAVAILABLE */
function packedIn(answer: Buffer): Buffer {
  const at = answer.indexOf(resultStart)
  const from = at + resultStart.length
  const end = answer.indexOf('"', from)
  if (at >= 0 && end > from) return Buffer.from(answer.toString('latin1', from, end), 'hex')
  const said = answer.toString('utf8', 0, 200)
  throw evmError('CHAIN_UNAVAILABLE', `The chain gave no state: ${said}`)
}

/** What a process takes, in bytes; 0 where the system does not say. */
export async function memoryOf(pid: number | undefined): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024
}
