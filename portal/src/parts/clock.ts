import { useSyncExternalStore } from 'react'

const stepSeconds = 5

/** A time that is told anew every 5 seconds, as long as somebody listens. */
export function createClock(time: () => number) {
  const listeners = new Set<() => void>()
  const read = () => Math.floor(time() / 1000)
  let now = read()
  let timer: ReturnType<typeof setInterval> | undefined

  function tick(): void {
    now = read()
    for (const one of listeners) one()
  }

  function subscribe(listener: () => void): () => void {
    listeners.add(listener)
    if (timer === undefined) {
      timer = setInterval(tick, stepSeconds * 1000)
      // While nobody listened it stood still.
      now = read()
    }
    return () => {
      listeners.delete(listener)
      if (listeners.size > 0) return
      clearInterval(timer)
      timer = undefined
    }
  }

  return { subscribe, now: () => now }
}

/** One clock for the whole page: times are told anew together. */
const clock = createClock(Date.now)

/** This machine's time at this moment, in seconds since 1970: for what is signed. */
export const nowSeconds = (): number => Math.floor(Date.now() / 1000)

/** This machine's time, in seconds since 1970. */
export function useNowSeconds(): number {
  return useSyncExternalStore(clock.subscribe, clock.now)
}
