import type { Readable } from 'node:stream'
import { type ProcessEnd, type Program, spawnGuarded } from './guarded-child.ts'
import { LastLines, linesOf } from './lines.ts'

export type RunOptions = {
  /** After this the program is ended. */
  readonly timeoutMs?: number
  /** Ends the program. */
  readonly signal?: AbortSignal
  readonly onLine?: (line: string, from: 'stdout' | 'stderr') => void
}

/** What became of a program that was run to its end. */
export type Ran = ProcessEnd & {
  /** The last 200 lines of both outputs, as they came. */
  readonly lines: readonly string[]
}

const linesMax = 200
const killAfterMs = 1000

/** Runs a program to its end. One that is not there ends with code 127. */
export async function runProgram(program: Program, options: RunOptions = {}): Promise<Ran> {
  const { timeoutMs, signal, onLine } = options
  const child = await spawnGuarded(program, killAfterMs)
  const last = new LastLines(linesMax)
  const read = async (stream: Readable, from: 'stdout' | 'stderr') => {
    for await (const lines of linesOf(stream)) {
      last.add(lines)
      for (const line of lines) onLine?.(line.toString('utf8'), from)
    }
  }
  const stop = () => void child.stop(killAfterMs)
  const timer = timeoutMs === undefined ? undefined : setTimeout(stop, timeoutMs)
  signal?.addEventListener('abort', stop, { once: true })
  if (signal?.aborted) stop()
  try {
    const reading = [read(child.stdout, 'stdout'), read(child.stderr, 'stderr')]
    const [end] = await Promise.all([child.ended, ...reading])
    return { ...end, lines: last.lines }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
}
