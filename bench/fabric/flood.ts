/** What a way to write does: settles when the transaction is in a block. */
export type Write = (number: number) => Promise<void>

export type Flooded = {
  readonly rate: number
  /** Milliseconds of each. */
  readonly latencies: readonly number[]
  readonly count: number
}

/** Keeps so many writes under way for so long, and counts those that began after the warm-up. */
export async function flood(
  write: Write,
  plan: {
    readonly inFlight: number
    readonly first: number
    readonly warmupSeconds: number
    readonly seconds: number
  },
): Promise<Flooded> {
  const startMs = performance.now() + plan.warmupSeconds * 1000
  const endMs = startMs + plan.seconds * 1000
  const latencies: number[] = []
  let [next, count, measured] = [plan.first, 0, 0]
  const lane = async () => {
    while (performance.now() < endMs) {
      const beganMs = performance.now()
      await write(next++)
      const nowMs = performance.now()
      count++
      // They come in blocks: what ends after the warm-up counts, until the last one has.
      if (nowMs >= startMs) measured++
      if (beganMs >= startMs) latencies.push(nowMs - beganMs)
    }
  }
  await Promise.all(Array.from({ length: plan.inFlight }, lane))
  return { rate: measured / ((performance.now() - startMs) / 1000), latencies, count }
}
