import type { ProposalView } from '@openbsn/sdk'

/**
 * What is left to do for a proposal, and can be done now: `execute` what passed, or `close` what
 * time has decided. City nodes do the first by themselves.
 */
export function finishingOf(
  { status, deadline, due, refusal }: Pick<ProposalView, 'status' | 'deadline' | 'due' | 'refusal'>,
  nowSeconds: number,
): 'execute' | 'close' | undefined {
  if (status === 'open') return deadline <= nowSeconds ? 'close' : undefined
  if (status !== 'passed' || due === undefined || due > nowSeconds) return undefined
  return refusal ? 'close' : 'execute'
}
