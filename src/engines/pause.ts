import { setTimeout } from 'node:timers/promises'

/** Waits. True when the time has passed, false where the signal came first. */
export async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return setTimeout(ms, true, { signal }).catch(() => false)
}
