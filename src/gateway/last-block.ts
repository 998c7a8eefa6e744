import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Clock } from '../kernel/clock.ts'
import type { ServedLedger, ServedLedgers } from './served-ledger.ts'

export type LastBlockDeps = { readonly ledgers: ServedLedgers; readonly clock: Clock }

/**
 * Says in every answer about a ledger how far this node has it, and so how old what it tells is.
 * When the answer goes: one to a write is of the block that the write is in.
 */
export function addLastBlock(app: FastifyInstance, { ledgers, clock }: LastBlockDeps): void {
  app.addHook('onSend', (_request, reply, _payload, done) => {
    const served = ledgers.find(String(reply.getHeader('x-bsn-ledger')))
    if (served) nameLastBlock(reply, served, clock)
    done()
  })
}

/** The same of an answer that never ends, when it begins. */
export function nameLastBlock(reply: FastifyReply, served: ServedLedger, clock: Clock): void {
  reply.header('x-bsn-block', lastBlockOf(served, clock.nowSeconds()))
}

/** What the header says, for the description of the API. */
export const lastBlockHeader = {
  type: 'string',
  description:
    'How old the answer is: `HEIGHT; time=SECONDS; age=SECONDS` of the last block that this node ' +
    'has, and `; no-quorum-since=SECONDS` while its network decides nothing although something ' +
    'waits. Times are in seconds since 1970.',
} as const

function lastBlockOf({ ledger, network }: ServedLedger, now: number): string {
  const { height, time } = ledger.head
  const since = network?.noQuorumSince()
  const lost = since === undefined ? '' : `; no-quorum-since=${since}`
  return `${height}; time=${time}; age=${Math.max(0, now - time)}${lost}`
}
