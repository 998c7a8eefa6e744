import type { Logger } from '../../gateway/logger.ts'
import type { Metrics } from '../../gateway/metrics.ts'
import type { Misbehavior } from '../../ledger/sequencers/cometbft/consensus.ts'
import type { Equivocations } from './equivocations.ts'

export type TellDeps = {
  readonly equivocations: Equivocations
  readonly logger: Logger
  readonly metrics: Pick<Metrics, 'byzantineEvidence'>
}

/** Keeps what was proved of a validator, counts it, and says it to who runs this node. */
export function tellMisbehavior(seen: Misbehavior, deps: TellDeps): void {
  const { address, height } = seen
  deps.equivocations.add(seen)
  deps.metrics.byzantineEvidence()
  const text = `validator ${address} signed two blocks of height ${height}: vote it out`
  deps.logger.error({ event: 'validator.equivocated' }, text)
}
