import { assert } from '../kernel/assert.ts'
import type { Clock } from '../kernel/clock.ts'
import { type Backoff, createBackoff } from './backoff.ts'
import { describeEnd, type EngineEnd } from './engine-end.ts'
import { engineLogPath } from './engine-folder.ts'
import { runOnce } from './engine-run.ts'
import { engineError } from './errors.ts'
import type { Program } from './guarded-child.ts'
import { LastLines } from './lines.ts'
import type { ListenAddress } from './listen-address.ts'
import { pause } from './pause.ts'
import { openRotatedLog, type RotatedLog } from './rotated-log.ts'
import type { Probe, WatchOptions } from './watch-health.ts'

export type EngineOptions = Partial<EngineSettings> & {
  /** As people know it. */
  readonly name: string
  /** Where it is a function, it is asked before each start, after `beforeStart`. */
  readonly program: Program | (() => Program)
  /** For its logs, and for the mark of the process that runs; made where absent. */
  readonly folder: string
}

/** What has a default. */
type EngineSettings = WatchOptions & {
  /** Where it listens: looked at before each start, so that a port that is taken is told. */
  readonly listens: readonly ListenAddress[]
  /** How long `start` waits until it is healthy. */
  readonly startTimeoutMs: number
  /** How often `start` tries. Once it was healthy, it is started again without end. */
  readonly startAttemptsMax: number
  /** From SIGTERM to SIGKILL. */
  readonly stopTimeoutMs: number
  /** Between an end and the next start; twice as long each time. */
  readonly restartDelayMs: number
  readonly restartDelayMsMax: number
  /** After so long in health the next delay is the first one again. */
  readonly steadyMs: number
  readonly logSizeBytesMax: number
  readonly logFilesMax: number
}

const defaults: EngineSettings = {
  listens: [],
  startTimeoutMs: 60_000,
  startAttemptsMax: 3,
  stopTimeoutMs: 5000,
  restartDelayMs: 500,
  restartDelayMsMax: 30_000,
  steadyMs: 60_000,
  probeIntervalMs: 2000,
  probeTimeoutMs: 2000,
  probeFailuresMax: 3,
  unhealthyMsMax: Number.POSITIVE_INFINITY,
  logSizeBytesMax: 10 * 1024 * 1024,
  logFilesMax: 3,
}

export type EngineDeps = {
  readonly clock: Clock
  readonly probe: Probe
  /**
   * Runs before each start, when no process of the engine is there: the place to remove a stale
   * socket, or to wait for something. What it throws counts as a start that failed; `false` ends
   * the engine for good.
   */
  readonly beforeStart?: (signal: AbortSignal) => Promise<unknown>
  /** Told each change. Must not throw. */
  readonly onChange?: (change: EngineChange) => void
}

export type EngineState =
  | 'stopped'
  | 'starting'
  | 'healthy'
  | 'unhealthy'
  /** Between an end and the next start. */
  | 'waiting'
  | 'stopping'

export type EngineChange = {
  readonly state: EngineState
  /** With `waiting`, and with `stopped` where it came up once: how the last run ended. */
  readonly end?: EngineEnd
  /** With `waiting`. */
  readonly retryMs?: number
}

/** A program under care: started, watched, started again when it ends, and stopped. */
export interface Engine {
  readonly state: EngineState
  /** The program's own process, while there is one. */
  readonly pid: number | undefined
  /**
   * Settles when it is healthy; where it does not become so, nothing of it is left running. The
   * signal counts until then. One that is stopped can be started again.
   * @throws ENGINE_START_FAILED, ENGINE_PORT_IN_USE, ENGINE_STOPPED
   */
  start(signal: AbortSignal): Promise<void>
  /** Settles when nothing of it runs. */
  stop(): Promise<void>
}

/** Starts nothing yet. */
export function createEngine(options: EngineOptions, deps: EngineDeps): Engine {
  return new SupervisedEngine({ ...defaults, ...options }, deps)
}

const lastLinesMax = 20

/** From `start` to `stop`. */
type Life = {
  readonly stopping: AbortController
  readonly up: PromiseWithResolvers<void>
  done: Promise<void>
}

class SupervisedEngine implements Engine {
  readonly #options: EngineSettings & EngineOptions
  readonly #deps: EngineDeps
  readonly #backoff: Backoff
  #state: EngineState = 'stopped'
  #pid: number | undefined
  #life: Life | undefined
  #wasHealthy = false
  #last = new LastLines(lastLinesMax)
  #lastEnd: EngineEnd | undefined

  constructor(options: EngineSettings & EngineOptions, deps: EngineDeps) {
    this.#options = options
    this.#deps = deps
    this.#backoff = createBackoff(options.restartDelayMs, options.restartDelayMsMax)
  }

  get state(): EngineState {
    return this.#state
  }

  get pid(): number | undefined {
    return this.#pid
  }

  async start(signal: AbortSignal): Promise<void> {
    assert(this.#life === undefined, 'an engine is started when it is stopped')
    const { name, startTimeoutMs } = this.#options
    const up = Promise.withResolvers<void>()
    const life: Life = { stopping: new AbortController(), up, done: Promise.resolve() }
    this.#life = life
    life.done = this.#live(life)
    const late = () => up.reject(this.#startFailed(`is not healthy after ${startTimeoutMs} ms`))
    const timer = setTimeout(late, startTimeoutMs)
    const stopped = () => up.reject(stoppedEarly(name))
    signal.addEventListener('abort', stopped, { once: true })
    if (signal.aborted) stopped()
    try {
      await up.promise
    } catch (error) {
      await this.stop()
      throw error
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', stopped)
    }
  }

  async stop(): Promise<void> {
    const life = this.#life
    if (!life) return
    life.up.reject(stoppedEarly(this.#options.name))
    life.stopping.abort()
    await life.done
  }

  /** Rejects never: what goes wrong before it is up, `start` throws. */
  async #live(life: Life): Promise<void> {
    const { folder, logSizeBytesMax, logFilesMax } = this.#options
    this.#wasHealthy = false
    this.#lastEnd = undefined
    this.#backoff.reset()
    try {
      const path = engineLogPath(folder)
      const limits = { sizeBytesMax: logSizeBytesMax, filesMax: logFilesMax }
      const log = await openRotatedLog({ path, ...limits })
      await this.#runAgainAndAgain(life, log)
      await this.#note(log, 'stopped')
      await log.close()
    } catch (error) {
      life.up.reject(error)
    }
    life.up.reject(stoppedEarly(this.#options.name))
    this.#life = undefined
    this.#change('stopped', this.#lastEnd ? { end: this.#lastEnd } : {})
  }

  async #runAgainAndAgain(life: Life, log: RotatedLog): Promise<void> {
    const stopping = life.stopping.signal
    for (let attempt = 1; !stopping.aborted; attempt++) {
      this.#change('starting')
      const end = await this.#run(life, log)
      this.#pid = undefined
      if (end === 'vetoed') return
      if (end.why !== 'not started') this.#lastEnd = end
      if (stopping.aborted) return
      if (end.healthyMs >= this.#options.steadyMs) this.#backoff.reset()
      if (!this.#wasHealthy && attempt >= this.#options.startAttemptsMax) {
        life.up.reject(end.cause ?? this.#startFailed(describeEnd(end)))
        return
      }
      const retryMs = this.#backoff.nextMs()
      this.#change('waiting', { end, retryMs })
      await this.#note(log, `${describeEnd(end)}; starts again in ${retryMs} ms`)
      await pause(retryMs, stopping)
    }
  }

  #run(life: Life, log: RotatedLog): Promise<EngineEnd | 'vetoed'> {
    const { probe, beforeStart } = this.#deps
    this.#last = new LastLines(lastLinesMax)
    return runOnce(
      this.#options,
      {
        log,
        last: this.#last,
        probe,
        ...(beforeStart ? { beforeStart } : {}),
        onStart: async (pid) => {
          this.#pid = pid
          await this.#note(log, `started as process ${pid}`)
        },
        onHealth: (isHealthy) => {
          if (isHealthy) this.#wasHealthy = true
          this.#change(isHealthy ? 'healthy' : 'unhealthy')
          if (isHealthy) life.up.resolve()
        },
        onStopping: () => this.#change('stopping'),
      },
      life.stopping.signal,
    )
  }

  #change(state: EngineState, more: Omit<EngineChange, 'state'> = {}): void {
    this.#state = state
    this.#deps.onChange?.({ state, ...more })
  }

  async #note(log: RotatedLog, text: string): Promise<void> {
    const time = new Date(this.#deps.clock.nowSeconds() * 1000).toISOString()
    await log.write([Buffer.from(`[openbsn] ${time} ${this.#options.name} ${text}`)])
  }

  #startFailed(what: string) {
    const { name, folder } = this.#options
    const { lines } = this.#last
    const said = lines.length === 0 ? '' : ` It said last:\n${lines.join('\n')}`
    const message = `${name} ${what}.${said}`
    const log = engineLogPath(folder)
    return engineError('ENGINE_START_FAILED', message, { details: { engine: name, log } })
  }
}

function stoppedEarly(name: string) {
  return engineError('ENGINE_STOPPED', `${name} was stopped before it was healthy.`)
}
