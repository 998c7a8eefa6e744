/** How long to wait before something that failed is tried again: twice as long each time. */
export interface Backoff {
  nextMs(): number
  /** The next wait is the first one again. */
  reset(): void
}

/** From `firstMs`, up to `mostMs`. */
export function createBackoff(firstMs: number, mostMs: number): Backoff {
  let waitMs = firstMs
  return {
    nextMs: () => {
      const now = waitMs
      waitMs = Math.min(waitMs * 2, mostMs)
      return now
    },
    reset: () => {
      waitMs = firstMs
    },
  }
}
