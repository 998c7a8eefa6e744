import type { Chain } from '../../frameworks/evm/chain.ts'

/** Headers about a chain: what a crash may take away, where it may. */
export function chainHeaders({
  kind,
  chainId,
  lossSecondsMax,
}: Pick<Chain, 'kind' | 'chainId' | 'lossSecondsMax'>): Record<string, string> {
  const about = { 'x-bsn-chain': `${chainId}; kind=${kind}` }
  if (lossSecondsMax === 0) return about
  return { ...about, 'x-bsn-durability': `snapshot; may-lose-seconds=${lossSecondsMax}` }
}
