import { createHash } from 'node:crypto'

/** Ids of sandboxes: below 2^31, for tools that keep no more, and above those that are in use. */
const range = { first: 1_000_000_000, count: 1_000_000_000 }

/**
 * The EIP-155 chain id of a sandbox, made from its ledger and its name: the same at every start,
 * another one in every other ledger, so that no transaction is good in two of them.
 */
export function sandboxChainId(ledger: string, service: string): number {
  const hash = createHash('sha256').update(`evm-sandbox\n${ledger}\n${service}`).digest()
  return range.first + (hash.readUIntBE(0, 6) % range.count)
}
