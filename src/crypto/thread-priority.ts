import { readlinkSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'

/**
 * Lets other threads of this process go before the calling one, by `steps` of the nice value.
 * Linux alone, where threads have priorities of their own (setpriority(2)); elsewhere nothing.
 */
export function giveWay(steps: number): void {
  if (process.platform !== 'linux') return
  try {
    // `PID/task/TID`.
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1))
    setPriority(thread, Math.min(19, getPriority(thread) + steps))
  } catch {
    // Without /proc, or in a jail that forbids it, all threads are alike: slower, and as right.
  }
}
