import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { assert } from '../kernel/assert.ts'
import { engineError } from './errors.ts'

/** A program and all that it gets. */
export type Program = {
  readonly path: string
  readonly args: readonly string[]
  /** Nothing of this process's own environment is added, but a PATH where none is given. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
}

/** How a process ended: one of the two is null. */
export type ProcessEnd = {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A process that does not outlive this one, however this one ends (docs/adr/0023-engines.md). */
export interface GuardedChild {
  /** The program's own id, and that of the process group with all that it starts. */
  readonly pid: number
  /** Both have to be read: a program whose output nobody takes stands still. */
  readonly stdout: Readable
  readonly stderr: Readable
  /** Settles when the program and all of its group have ended and the output is read. */
  readonly ended: Promise<ProcessEnd>
  /** SIGTERM to the program, and SIGKILL where it is still there after this time. */
  stop(killAfterMs: number): Promise<ProcessEnd>
}

/**
 * A shell that starts the guard and then becomes the program. The guard waits for the end of
 * descriptor 3, whose other end this process alone has, so that it comes when this process ends,
 * even by SIGKILL. Then it ends the program, and whatever is left of its group. While the guard
 * lives, it belongs to that group, so the system cannot give the program's id to anybody else.
 */
const guardScript = `tenths=$1
shift
( (
  trap '' HUP INT QUIT TERM
  PATH=/usr/bin:/bin:$PATH
  read -r line <&3
  kill -s TERM "$$" &&
    while [ "$tenths" -gt 0 ] && kill -s 0 "$$"; do
      sleep 0.1
      tenths=$((tenths - 1))
    done
  kill -s KILL -- "-$$"
) </dev/null >/dev/null 2>&1 & )
exec "$@" 3<&-`

const usualPath = '/usr/local/bin:/usr/bin:/bin'

/** What is still in a pipe when its last writer is gone is read in far less than this. */
const drainMs = 1000

/**
 * Starts a program in a session of its own, out of reach of a terminal's Ctrl-C. A program that is
 * not there ends with code 127 and says so on stderr.
 * `killAfterMs` is how long the guard waits, after this process is gone, before it uses SIGKILL.
 * @throws ENGINE_START_FAILED
 */
export async function spawnGuarded(program: Program, killAfterMs: number): Promise<GuardedChild> {
  const { path, args, env, cwd } = program
  const tenths = String(Math.ceil(killAfterMs / 100))
  const child = spawn('/bin/sh', ['-c', guardScript, 'sh', tenths, path, ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { PATH: usualPath, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const ended = endOf(child)
  try {
    await once(child, 'spawn')
  } catch (cause) {
    throw engineError('ENGINE_START_FAILED', `${path} was not started: ${String(cause)}`, { cause })
  }
  const { pid, stdout, stderr } = child
  assert(pid !== undefined && stdout !== null && stderr !== null, 'a child has an id and pipes')
  return { pid, stdout, stderr, ended, stop: (afterMs) => stop(child, ended, afterMs) }
}

function endOf(child: ChildProcess): Promise<ProcessEnd> {
  const guard = child.stdio[3]
  guard?.on('error', () => undefined)
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      guard?.destroy()
      // What the program started may have left the group, and still hold the pipes.
      const late = setTimeout(() => {
        child.stdout?.destroy()
        child.stderr?.destroy()
      }, drainMs)
      child.once('close', () => {
        clearTimeout(late)
        resolve({ code, signal })
      })
    })
  })
}

async function stop(
  child: ChildProcess,
  ended: Promise<ProcessEnd>,
  killAfterMs: number,
): Promise<ProcessEnd> {
  child.kill('SIGTERM')
  // The rest of its group is the guard's, which has its end told at once.
  const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  try {
    return await ended
  } finally {
    clearTimeout(timer)
  }
}

/** SIGKILL to a program that was started guarded by another process, and to all of its group. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
