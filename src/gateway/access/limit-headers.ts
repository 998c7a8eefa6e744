import type { FastifyReply } from 'fastify'
import type { Taken } from './buckets.ts'

/** Writes of a day, which the ledger counts. */
export type DayQuota = {
  readonly limit: number
  readonly remaining: number
  readonly resetSeconds: number
}

/**
 * Tells a caller where it stands. `RateLimit-*` is of what is used up first: of the day where both
 * are, because a second later nothing is better.
 */
export function sendLimits(reply: FastifyReply, second: Taken, day: DayQuota | undefined): void {
  reply.header('x-ratelimit-limit-second', second.limit)
  reply.header('x-ratelimit-remaining-second', second.remaining)
  if (day) {
    reply.header('x-ratelimit-limit-day', day.limit)
    reply.header('x-ratelimit-remaining-day', day.remaining)
  }
  const first = day && day.remaining <= second.remaining ? day : second
  reply.header('ratelimit-limit', first.limit)
  reply.header('ratelimit-remaining', first.remaining)
  reply.header('ratelimit-reset', first.resetSeconds)
}
