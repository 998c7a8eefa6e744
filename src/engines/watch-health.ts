import { pause } from './pause.ts'

export type WatchOptions = {
  readonly probeIntervalMs: number
  /** A probe that takes longer counts as failed. */
  readonly probeTimeoutMs: number
  /** So many in a row make a healthy engine unhealthy. */
  readonly probeFailuresMax: number
  /** An engine that was healthy and is not for so long is given up. */
  readonly unhealthyMsMax: number
}

/** Resolves where the engine does its work, rejects where it does not. Shall heed the signal. */
export type Probe = (signal: AbortSignal) => Promise<unknown>

/** While an engine starts, it is looked at more often, because somebody waits. */
const startIntervalMs = 100

/**
 * Looks at an engine until the signal comes, and tells each change between healthy and not; before
 * the first success there is none to tell. Returns true where the engine was given up.
 */
export async function watchHealth(
  options: WatchOptions,
  { probe, onHealth }: { readonly probe: Probe; readonly onHealth: (isHealthy: boolean) => void },
  signal: AbortSignal,
): Promise<boolean> {
  const { probeIntervalMs } = options
  const firstIntervalMs = Math.min(probeIntervalMs, startIntervalMs)
  const health = new Health(options, onHealth)
  while (!signal.aborted) {
    const isWell = await succeeds(probe, options.probeTimeoutMs, signal)
    if (signal.aborted) return false
    health.count(isWell)
    if (health.isGivenUp) return true
    await pause(health.isKnown ? probeIntervalMs : firstIntervalMs, signal)
  }
  return false
}

/** What the probes say in sum. */
class Health {
  readonly #options: WatchOptions
  readonly #onHealth: (isHealthy: boolean) => void
  #isHealthy: boolean | undefined
  #failures = 0
  #unhealthySinceMs = 0

  constructor(options: WatchOptions, onHealth: (isHealthy: boolean) => void) {
    this.#options = options
    this.#onHealth = onHealth
  }

  /** False until the first success. */
  get isKnown(): boolean {
    return this.#isHealthy !== undefined
  }

  get isGivenUp(): boolean {
    const forMs = performance.now() - this.#unhealthySinceMs
    return this.#isHealthy === false && forMs >= this.#options.unhealthyMsMax
  }

  count(isWell: boolean): void {
    this.#failures = isWell ? 0 : this.#failures + 1
    if (isWell && this.#isHealthy !== true) this.#turn(true)
    const isLost = this.#failures >= this.#options.probeFailuresMax
    if (isLost && this.#isHealthy === true) this.#turn(false)
  }

  #turn(isHealthy: boolean): void {
    this.#isHealthy = isHealthy
    this.#unhealthySinceMs = performance.now()
    this.#onHealth(isHealthy)
  }
}

/** Whatever the probe does with its signal, the answer comes in time. */
async function succeeds(probe: Probe, timeoutMs: number, outer: AbortSignal): Promise<boolean> {
  const limit = new AbortController()
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const end = () => {
    limit.abort()
    resolve(false)
  }
  const timer = setTimeout(end, timeoutMs)
  outer.addEventListener('abort', end, { once: true })
  try {
    const ask = async () => probe(limit.signal)
    const answer = ask().then(
      () => true,
      () => false,
    )
    return await Promise.race([answer, promise])
  } finally {
    clearTimeout(timer)
    outer.removeEventListener('abort', end)
  }
}
