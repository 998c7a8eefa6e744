import type { FastifyReply } from 'fastify'
import type { Holder } from './access/access.ts'
import type { RpcUsage } from './rpc-usage.ts'

/**
 * Headers about the limit of a day where writes are transactions of a chain: those are counted
 * here, and not by the ledger, as its entries are.
 */
export function tellTransactions(
  reply: FastifyReply,
  holder: Holder,
  usage: Pick<RpcUsage, 'today' | 'secondsLeft'>,
): void {
  const { writesPerDay: limit } = holder
  if (limit === undefined) return
  const left = Math.max(0, limit - usage.today(holder).transactions)
  reply.header('x-ratelimit-limit-day', limit).header('x-ratelimit-remaining-day', left)
  if (left > 0) return
  reply.header('ratelimit-limit', limit).header('ratelimit-remaining', 0)
  reply.header('ratelimit-reset', usage.secondsLeft)
}
