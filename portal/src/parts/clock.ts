import { useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()
const stepSeconds = 5
let now = Math.floor(Date.now() / 1000)
let timer: ReturnType<typeof setInterval> | undefined

/** One clock for the whole page: times are told anew together, every 5 seconds. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    now = Math.floor(Date.now() / 1000)
    for (const one of listeners) one()
  }, stepSeconds * 1000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** This machine's time, in seconds since 1970. */
export function useNowSeconds(): number {
  return useSyncExternalStore(subscribe, () => now)
}
