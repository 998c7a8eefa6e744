import type { Clock } from '../kernel/clock.ts'

/** Finds out whether this machine's clock is that of the validators. */
export interface ClockWatch {
  /** A block was committed; its time, in seconds since 1970. */
  block(seconds: number): void
  /** How far this clock is ahead of block time, in seconds; undefined while nothing is wrong. */
  readonly offSeconds: number | undefined
}

export type ClockWatchDeps = {
  readonly clock: Clock
  /** Told when the clock is found to be off, and with undefined when it is right again. */
  readonly onChange: (offSeconds: number | undefined) => void
}

/** Statements are signed with the clock of whoever writes; a NTP client keeps within a tenth. */
export const clockOffSecondsMax = 5
/**
 * Block time is when the block before was voted for. After a time without blocks that is long ago:
 * only a block that follows at once says something about a clock that is ahead.
 */
const followsSeconds = 2
/** A node that catches up sees old blocks too, but each is less old than the one before. */
const [steadySeconds, steadyForSeconds] = [2, 10]

type Sample = { readonly off: number; readonly at: number }

/** Of a network: where one process decides, block time is its own clock. */
export function createClockWatch({ clock, onChange }: ClockWatchDeps): ClockWatch {
  let offSeconds: number | undefined
  let lastBlockAt = Number.NEGATIVE_INFINITY
  let suspicion: Sample | undefined

  function set(off: number | undefined): void {
    const isNews = (off === undefined) !== (offSeconds === undefined)
    offSeconds = off
    if (isNews) onChange(off)
  }

  /** True once a clock was ahead by the same for long enough. */
  function isSteady(sample: Sample): boolean {
    const before = suspicion
    if (before && Math.abs(sample.off - before.off) <= steadySeconds) {
      return sample.at - before.at >= steadyForSeconds
    }
    suspicion = sample
    return false
  }

  return {
    get offSeconds() {
      return offSeconds
    },
    block: (seconds) => {
      const at = clock.nowSeconds()
      const off = at - seconds
      const isFresh = at - lastBlockAt <= followsSeconds
      lastBlockAt = at
      // Whatever delays a block, its time is never later than now.
      if (off < -clockOffSecondsMax) set(off)
      else if (isFresh && off > clockOffSecondsMax) {
        if (isSteady({ off, at })) set(off)
      } else if (isFresh) {
        suspicion = undefined
        set(undefined)
      }
    },
  }
}
