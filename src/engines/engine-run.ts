import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { EngineEnd } from './engine-end.ts'
import { type GuardedChild, type Program, spawnGuarded } from './guarded-child.ts'
import { type LastLines, linesOf } from './lines.ts'
import { type ListenAddress, requireFree } from './listen-address.ts'
import { awaitPreviousRun, forgetRun, noteRun } from './previous-run.ts'
import type { RotatedLog } from './rotated-log.ts'
import { type Probe, type WatchOptions, watchHealth } from './watch-health.ts'

type RunOptions = WatchOptions & {
  readonly program: Program | (() => Program)
  readonly folder: string
  readonly listens: readonly ListenAddress[]
  readonly stopTimeoutMs: number
}

type RunDeps = {
  readonly log: RotatedLog
  /** Empty at first. */
  readonly last: LastLines
  readonly probe: Probe
  readonly beforeStart?: (signal: AbortSignal) => Promise<unknown>
  readonly onStart: (pid: number) => Promise<void>
  readonly onHealth: (isHealthy: boolean) => void
  readonly onStopping: () => void
}

/** A guard needs a moment more than the time that it leaves the program. */
const guardMs = 1000

/**
 * One run of an engine: from what comes before its start until nothing of it is left. The signal
 * stops it. Never rejects.
 */
export async function runOnce(
  options: RunOptions,
  deps: RunDeps,
  stopping: AbortSignal,
): Promise<EngineEnd | 'vetoed'> {
  const mark = join(options.folder, 'engine.pid')
  try {
    await mkdir(options.folder, { recursive: true, mode: 0o700 })
    await awaitPreviousRun(mark, options.stopTimeoutMs + guardMs, stopping)
    if ((await deps.beforeStart?.(stopping)) === false) return 'vetoed'
    for (const address of options.listens) await requireFree(address)
    // Whoever stopped meanwhile shall not wait for a process that was not there.
    if (stopping.aborted) return 'vetoed'
    const { program } = options
    const asked = typeof program === 'function' ? program() : program
    const child = await spawnGuarded(asked, options.stopTimeoutMs)
    const end = await careFor(child, { options, deps, stopping, mark })
    await forgetRun(mark)
    return end
  } catch (cause) {
    const nothing = { code: null, signal: null, ranMs: 0, healthyMs: 0, lastLines: [] }
    return { why: 'not started', ...nothing, cause }
  }
}

type Care = {
  readonly options: RunOptions
  readonly deps: RunDeps
  readonly stopping: AbortSignal
  readonly mark: string
}

async function careFor(
  child: GuardedChild,
  { options, deps, stopping, mark }: Care,
): Promise<EngineEnd> {
  const startMs = performance.now()
  let healthyAtMs: number | undefined
  const over = new AbortController()
  const onStop = () => {
    over.abort()
    deps.onStopping()
    void child.stop(options.stopTimeoutMs)
  }
  stopping.addEventListener('abort', onStop, { once: true })
  if (stopping.aborted) onStop()
  const reading = [child.stdout, child.stderr].map((stream) => keep(stream, deps))
  // Without it a crash of ours would only be harder to clean up after.
  await noteRun(mark, child.pid).catch(() => undefined)
  await deps.onStart(child.pid)
  const onHealth = (isHealthy: boolean) => {
    healthyAtMs = isHealthy ? performance.now() : undefined
    deps.onHealth(isHealthy)
  }
  const watching = watchHealth(options, { probe: deps.probe, onHealth }, over.signal)
  const givingUp = watching.then((isGivenUp) => {
    if (isGivenUp) void child.stop(options.stopTimeoutMs)
    return isGivenUp
  })
  const processEnd = await child.ended
  const [ranMs, healthyMs] = [passedMs(startMs), passedMs(healthyAtMs)]
  over.abort()
  stopping.removeEventListener('abort', onStop)
  await Promise.all(reading)
  const why = (await givingUp) ? 'unhealthy' : 'ended'
  return { ...processEnd, why, ranMs, healthyMs, lastLines: deps.last.lines }
}

function passedMs(sinceMs: number | undefined): number {
  return sinceMs === undefined ? 0 : performance.now() - sinceMs
}

/** Every line into the log. A program waits, as at any pipe, where the log is slower than it. */
async function keep(stream: Readable, { log, last }: RunDeps): Promise<void> {
  for await (const lines of linesOf(stream)) {
    last.add(lines)
    await log.write(lines)
  }
}
