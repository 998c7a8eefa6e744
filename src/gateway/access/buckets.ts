const periodMs = 1000
/** Who was refused so shortly before a bucket begins did not wait, and is served in pace. */
const impatienceMs = 250

/** What came of taking from a bucket. */
export type Taken = {
  /** How many of those asked for. */
  readonly granted: number
  readonly limit: number
  readonly remaining: number
  /** Until the bucket is full again, in whole seconds: 1 where something was taken. */
  readonly resetSeconds: number
}

type Bucket = {
  readonly startMs: number
  /** Whether what it holds comes bit by bit over its second, not all at once. */
  readonly isPaced: boolean
  used: number
  refusedMs: number
}

/**
 * Buckets that are filled up, whole, one second after the first was taken out of them. So nobody
 * who keeps asking gets more than the limit in any of its seconds, and one who keeps to the limit
 * is never refused. Who keeps asking in spite of refusals gets the next bucket bit by bit: given at
 * once, it would be a burst in each second that its neighbours feel. Taking is one step of one
 * thread, so that requests at one time cannot share a token. A bucket that is full again is
 * forgotten: memory is that of the last two seconds.
 */
export class Buckets {
  readonly #nowMs: () => number
  #current = new Map<string, Bucket>()
  #previous = new Map<string, Bucket>()
  #turnedMs = Number.NEGATIVE_INFINITY

  constructor({ nowMs }: { readonly nowMs: () => number }) {
    this.#nowMs = nowMs
  }

  /** Takes up to `count` out of the bucket of `key`, which holds `limit` for a second. */
  take(key: string, limit: number, count = 1): Taken {
    const nowMs = this.#nowMs()
    this.#turn(nowMs)
    const bucket = this.#bucket(key, nowMs)
    const holds = bucket.isPaced ? shareOf(limit, nowMs - bucket.startMs) : limit
    const granted = Math.max(0, Math.min(count, holds - bucket.used))
    bucket.used += granted
    if (granted < count) bucket.refusedMs = nowMs
    const remaining = Math.max(0, holds - bucket.used)
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
    if (known && nowMs - known.startMs < periodMs) {
      this.#current.set(key, known)
      return known
    }
    const refusedMs = known?.refusedMs ?? Number.NEGATIVE_INFINITY
    const isPaced = nowMs - refusedMs < impatienceMs
    const bucket = { startMs: nowMs, isPaced, used: 0, refusedMs }
    this.#current.set(key, bucket)
    return bucket
  }
}

/** Of a bucket's limit, what so many milliseconds give: one at once, all before the second ends. */
const shareOf = (limit: number, elapsedMs: number) =>
  Math.min(limit, 1 + Math.floor((limit * elapsedMs) / periodMs))
