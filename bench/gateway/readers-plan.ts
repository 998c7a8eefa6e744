import type { Percentiles } from '../load/latencies.ts'
import type { JsonTarget } from '../load/plan.ts'

/** Everyone who gets events: one process, so that the gateway's memory is its own. */
export type ReadersPlan = {
  readonly port: number
  readonly targets: readonly JsonTarget[]
  readonly streamsPerService: number
  /** Of this port on loopback; each service has the path of its name. */
  readonly webhookPort: number
  /** Events that were made so soon after the first one are not measured. */
  readonly warmupSeconds: number
}

/** Committed records by service, in the order of the targets. */
export type Expected = { readonly counts: readonly number[]; readonly waitMs: number }

export type Arrivals = {
  /** Milliseconds from making a record to having it. */
  readonly streams: Percentiles
  readonly webhooks: Percentiles
  readonly all: Percentiles
  readonly arrived: number
  /** Events that a reader never had, over all readers. */
  readonly lost: number
  /** Events that came again, or before one that stands before them. */
  readonly outOfOrder: number
  readonly cores: number
}
