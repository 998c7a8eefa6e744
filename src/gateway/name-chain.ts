import type { FastifyReply } from 'fastify'
import type { ServedLedger } from './served-ledger.ts'

/** Says in the headers of an answer which chain its service has, and what a crash may take away. */
export function nameChain(
  reply: FastifyReply,
  { chains }: Pick<ServedLedger, 'chains'>,
  service: string,
): void {
  const chain = chains?.of(service)
  if (!chain) return
  const { kind, chainId, lossSecondsMax } = chain
  reply.header('x-bsn-chain', `${chainId}; kind=${kind}`)
  if (lossSecondsMax === 0) return
  reply.header('x-bsn-durability', `snapshot; may-lose-seconds=${lossSecondsMax}`)
}
