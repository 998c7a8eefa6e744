const periodMs = 1000

/** What came of taking from a bucket. */
export type Taken = {
  /** How many of those asked for. */
  readonly granted: number
  readonly limit: number
  readonly remaining: number
  /** Until the bucket is full again, in whole seconds: 1 where something was taken. */
  readonly resetSeconds: number
}

type Bucket = { readonly startMs: number; used: number }

/**
 * Buckets that are filled up, whole, one second after the first was taken out of them. So nobody
 * who keeps asking gets more than the limit in any of its seconds, and one who keeps to the limit
 * is never refused. Taking is one step of one thread, so that requests at one time cannot share a
 * token. A bucket that is full again is forgotten: memory is that of the last two seconds.
 */
export class Buckets {
  readonly #nowMs: () => number
  #current = new Map<string, Bucket>()
  #previous = new Map<string, Bucket>()
  #turnedMs = Number.NEGATIVE_INFINITY

  constructor({ nowMs }: { readonly nowMs: () => number }) {
    this.#nowMs = nowMs
  }

  /** Takes up to `count` out of the bucket of `key`, which holds `limit`. */
  take(key: string, limit: number, count = 1): Taken {
    const nowMs = this.#nowMs()
    this.#turn(nowMs)
    const bucket = this.#bucket(key, nowMs)
    const granted = Math.max(0, Math.min(count, limit - bucket.used))
    bucket.used += granted
    const remaining = Math.max(0, limit - bucket.used)
    return { granted, limit, remaining, resetSeconds: bucket.used > 0 ? 1 : 0 }
  }

  /** New maps, never cleared ones: V8 keeps what a cleared map has held (ADR 0013). */
  #turn(nowMs: number): void {
    if (nowMs - this.#turnedMs < periodMs) return
    this.#previous = this.#current
    this.#current = new Map()
    this.#turnedMs = nowMs
  }

  #bucket(key: string, nowMs: number): Bucket {
    const known = this.#current.get(key) ?? this.#previous.get(key)
    const isOver = known === undefined || nowMs - known.startMs >= periodMs
    const bucket = isOver ? { startMs: nowMs, used: 0 } : known
    this.#current.set(key, bucket)
    return bucket
  }
}
