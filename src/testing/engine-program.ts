import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { Program } from '../engines/guarded-child.ts'
import { processMark } from '../kernel/process-mark.ts'

/** A small program: lines of POSIX shell. */
export function shellProgram(...lines: readonly string[]): Program {
  return { path: '/bin/sh', args: ['-c', lines.join('\n')] }
}

/** True while such a process runs; one that ended and was not asked for does not. */
export function isRunning(pid: number): boolean {
  return processMark(pid) !== undefined
}

/** True where no process of the group runs. */
export function isGroupGone(group: number): boolean {
  if (existsSync('/proc/self/stat')) return !groupsOnLinux().has(group)
  try {
    process.kill(-group, 0)
    return false
  } catch {
    return true
  }
}

/** Without those that ended: in containers some of them stay in the table for long, or for ever. */
function groupsOnLinux(): Set<number> {
  const groups = readdirSync('/proc').flatMap((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
      const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return state === 'Z' ? [] : [Number(group)]
    } catch {
      return []
    }
  })
  return new Set(groups)
}

/** Settles when something holds, and rejects with `what` where it does not in `limitMs`. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMs = 10_000,
): Promise<void> {
  const startMs = performance.now()
  while (!(await holds())) {
    assert.ok(performance.now() - startMs < limitMs, `not in ${limitMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
