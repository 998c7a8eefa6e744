import { isCodedError } from '@openbsn/sdk'
import { isListed } from '../alliance/group-state.ts'
import type { Logger } from '../gateway/logger.ts'
import type { KeptGroup, NodeFacts } from './join-alliance.ts'
import type { OpenEnvironment } from './open-environment.ts'

export type SettleOptions = {
  /** Address of the gateway. */
  readonly gateway: string
  readonly facts: NodeFacts
  /** The groups that the node keeps, for the root ledger. */
  readonly groups?: readonly KeptGroup[]
}

/** Longest wait from one try to the next. */
const waitMsMax = 10_000

/**
 * Says to the ledger what this node is. A network may not decide anything now, because this node
 * has to catch up or others are away, and its members may still have to vote on listing a group:
 * then it is said later, and nobody waits for it.
 */
export async function settle(
  one: OpenEnvironment,
  options: SettleOptions,
  logger: Logger,
): Promise<void> {
  const say = () => sayOnce(one, options, logger)
  if (!one.network) {
    await say()
    return
  }
  const { groups = [] } = options
  const unlisted = () => groups.filter(({ id, ledger }) => !isListed(one.ledger, id, ledger))
  const tell = createTelling(logger)
  const retry = async () => {
    for (let waitMs = 500; !one.isStopped(); waitMs = Math.min(2 * waitMs, waitMsMax)) {
      const wasListed = unlisted().length === 0
      const isSaid = await say().catch(falseIfRetryable)
      if (isSaid && wasListed) return
      if (isSaid) tell(unlisted())
      await new Promise((done) => setTimeout(done, waitMs).unref())
    }
  }
  void retry().catch((error: unknown) => {
    logger.warn({ event: 'node.unsaid', err: error }, 'the alliance does not know of this node')
  })
}

/** False where the node has to catch up first. */
async function sayOnce(
  one: OpenEnvironment,
  { gateway, facts, groups }: SettleOptions,
  logger: Logger,
): Promise<boolean> {
  const refusals = await one.join(gateway, facts, groups)
  // A node that is behind does not know of its own key yet.
  const isBehind = one.network && refusals.some(({ code }) => code === 'KEY_UNKNOWN')
  if (isBehind) return false
  for (const { code, detail } of refusals) {
    const text = `the alliance does not have this node: ${detail}`
    logger.warn({ event: 'operator.refused', code }, text)
  }
  await one.finishErasures()
  return true
}

/** Once for each group. */
function createTelling(logger: Logger) {
  const told = new Set<string>()
  return (groups: readonly KeptGroup[]) => {
    for (const { id, ledger } of groups.filter((group) => !told.has(group.id))) {
      told.add(id)
      const how = `bsn alliance propose group ${id} --group-ledger ${ledger}`
      const text = `the root ledger does not list ${id} for ${ledger}: ${how}`
      logger.warn({ event: 'group.unlisted' }, text)
    }
  }
}

function falseIfRetryable(error: unknown): boolean {
  if (isCodedError(error) && error.retryable) return false
  throw error
}
