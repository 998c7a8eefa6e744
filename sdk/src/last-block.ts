/**
 * The last block that a gateway had when it answered, as it says itself: the receipt of an entry
 * proves a block, and nothing proves that there is no later one.
 */
export type LastBlock = {
  readonly height: number
  /** Seconds since 1970. */
  readonly time: number
  /** Seconds since then, by the gateway's clock. */
  readonly age: number
  /**
   * Seconds since 1970 from which on the network has decided nothing although something waits;
   * absent while it decides.
   */
  readonly noQuorumSince?: number
}

const form = /^(\d{1,15}); time=(\d{1,15}); age=(\d{1,15})(?:; no-quorum-since=(\d{1,15}))?$/

/** Of the header `x-bsn-block`; undefined where there is none, or none that can be read. */
export function lastBlockIn(header: string | null): LastBlock | undefined {
  const [, height, time, age, since] = form.exec(header ?? '') ?? []
  if (height === undefined) return undefined
  const lost = since === undefined ? {} : { noQuorumSince: Number(since) }
  return { height: Number(height), time: Number(time), age: Number(age), ...lost }
}
