import { setTimeout } from 'node:timers/promises'
import { encodeCbor, isCodedError, sha256 } from '@openbsn/sdk'
import { nodeOf } from '../alliance/node-state.ts'
import { dueOf, type Proposal, proposalKey, proposalOf } from '../alliance/proposal-state.ts'
import type { Logger } from '../gateway/logger.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { nodeKey } from '../ledger/modules/alliance-objects.ts'
import { objectIn } from '../ledger/state/state-view.ts'
import { allObjects } from './all-objects.ts'
import { type Member, signAct } from './member.ts'

export type ExecutorDeps = {
  readonly ledger: Pick<Ledger, 'id' | 'head' | 'get' | 'objects' | 'submit'>
  readonly operator: Member
  readonly clock: Clock
  readonly logger: Logger
}

/** Executes proposals that passed, once their time locks are over. */
export interface ProposalExecutor {
  /** Does what is due now. Never throws. */
  tick(): Promise<void>
  start(): void
  close(): Promise<void>
}

/** How often it looks, and how long a node waits for each one whose name comes before its own. */
const [lookMs, turnSeconds] = [2000, 4]
/** Behind so many names nobody waits longer. */
const turnsMax = 30
/** What was refused may run when something else has changed; what was not decided, sooner. */
const [refusedSeconds, unsentSeconds] = [3600, 30]

/**
 * Of all active nodes the first by name sends, and the next where it did not. Two that send do no
 * harm: the second finds the proposal closed.
 */
export function createProposalExecutor(
  { node }: { readonly node: string },
  { ledger, operator, clock, logger }: ExecutorDeps,
): ProposalExecutor {
  const stopping = new AbortController()
  let running: Promise<void> = Promise.resolve()
  let seenHeight = -1
  let waiting = new Map<string, Proposal>()
  /** When those that failed are tried again. */
  const later = new Map<string, number>()

  /** Proposals that are open or have passed: read again when there is a new block. */
  function look(): void {
    if (ledger.head.height === seenHeight) return
    seenHeight = ledger.head.height
    waiting = new Map()
    for (const [id, value] of allObjects(ledger, proposalKey(''))) {
      const proposal = proposalOf(objectIn(value))
      const isClosed = proposal.status !== 'open' && proposal.status !== 'passed'
      if (!isClosed) waiting.set(id, proposal)
    }
  }

  async function execute(id: string, { acts }: Proposal): Promise<void> {
    const payload = { id, acts: [...acts] }
    // The same in a minute, so that one that is under way is not sent twice.
    const minute = Math.floor(clock.nowSeconds() / 60)
    const cti = sha256(encodeCbor([id, node, minute])).subarray(0, 16)
    const act = { name: 'alliance-execute', sub: 'bsn:alliance', payload, cti }
    const [outcome] = await ledger.submit([await signAct(act, operator, { ledger, clock })])
    if (outcome?.outcome === 'appended') {
      logger.info({ event: 'proposal.executed' }, `executed the proposal ${id}`)
    }
    // Block time may be a moment behind, and another node may have been sooner.
    const isSoon = outcome?.outcome !== 'refused' || /^PROPOSAL_/.test(outcome.code)
    if (isSoon) return
    later.set(id, clock.nowSeconds() + refusedSeconds)
    const text = `the proposal ${id} passed and does not run: ${outcome.detail}`
    logger.warn({ event: 'proposal.refused', code: outcome.code }, text)
  }

  async function tick(): Promise<void> {
    look()
    const now = clock.nowSeconds()
    for (const [id, proposal] of waiting) {
      const due = dueOf(proposal, ledger, now)
      if (due === undefined || now < (later.get(id) ?? 0)) continue
      if (now < due + turnOf(node, ledger) * turnSeconds) continue
      await execute(id, proposal).catch((error: unknown) => {
        later.set(id, now + unsentSeconds)
        const code = isCodedError(error) ? error.code : 'INTERNAL'
        logger.warn({ event: 'proposal.unsent', code, err: error }, `${id} is not executed yet`)
      })
    }
  }

  async function run(): Promise<void> {
    const { signal } = stopping
    while (!signal.aborted) {
      await tick()
      await setTimeout(lookMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }
  return {
    tick,
    start: () => {
      running = run()
    },
    close: async () => {
      stopping.abort()
      await running
    },
  }
}

/** How many active nodes come before this one. */
function turnOf(node: string, ledger: ExecutorDeps['ledger']): number {
  let turn = 0
  for (const [id, value] of allObjects(ledger, nodeKey(''))) {
    if (id === node || turn === turnsMax) return turn
    if (nodeOf(objectIn(value)).status === 'active') turn++
  }
  return turnsMax
}
