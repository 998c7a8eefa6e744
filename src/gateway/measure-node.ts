import type { Clock } from '../kernel/clock.ts'
import type { NodeWatch } from './liveness/node-watch.ts'
import type { Metrics } from './metrics.ts'
import type { EngineMeasured } from './node-metrics.ts'
import { type ServedLedger, type ServedLedgers, sizeOf } from './served-ledger.ts'
import type { ShownCertificate } from './shown-certificate.ts'

export type MeasureDeps = {
  readonly ledgers: ServedLedgers
  readonly metrics: Metrics
  readonly clock: Clock
  /** Id of this city node. */
  readonly node: string
  readonly watch: Pick<NodeWatch, 'highest'>
  readonly diskFreeBytes: () => Promise<number>
  readonly certificate?: ShownCertificate
  /** When the last backup was whole, in seconds since 1970; undefined where none is known. */
  readonly lastBackup?: () => number | undefined
}

/** Sets what nothing tells of by itself. To be called whenever metrics are read. */
export async function measureNode(deps: MeasureDeps): Promise<void> {
  const { ledgers, metrics, diskFreeBytes, certificate, lastBackup } = deps
  for (const served of ledgers.all) {
    const { ledger } = served
    metrics.treeSize(ledger.id, sizeOf(ledger))
    metrics.meter(ledger.id, meterOf(served, deps.clock))
    for (const one of await enginesOf(served, deps)) metrics.engine(one)
  }
  for (const engine of ['records', 'evm'] as const) {
    const counts = ledgers.all.map(({ unknownOutcomes }) => unknownOutcomes?.()[engine] ?? 0)
    metrics.unknownOutcomes(
      engine,
      counts.reduce((sum, one) => sum + one, 0),
    )
  }
  // A disk that cannot be asked keeps its last figure; /readyz says that something is wrong.
  await diskFreeBytes().then(metrics.diskFree, () => {})
  const until = certificate?.validity?.until
  if (until !== undefined) metrics.certificateEnds(until)
  const backedUp = lastBackup?.()
  if (backedUp !== undefined) metrics.backedUp(backedUp)
}

function meterOf({ ledger, usage }: ServedLedger, clock: Clock) {
  const oldest = ledger.entry(usage.position)
  const lagSeconds = oldest ? Math.max(0, clock.nowSeconds() - oldest.time) : 0
  return { lagSeconds, difference: usage.difference() }
}

async function enginesOf(
  { ledger, network, chains, isStopped }: ServedLedger,
  { watch, node }: Pick<MeasureDeps, 'watch' | 'node'>,
): Promise<EngineMeasured[]> {
  const { height } = ledger.head
  const where = { ledger: ledger.id, node }
  const engines: EngineMeasured[] = []
  if (network) {
    const asked = await network.status().catch(() => undefined)
    const lagBlocks = Math.max(0, (watch.highest(ledger.id) ?? 0) - height)
    const isUp = asked !== undefined
    engines.push({ engine: 'cometbft', ...where, isUp, height: asked?.height, lagBlocks })
  } else {
    engines.push({ engine: 'solo', ...where, isUp: !isStopped(), height, lagBlocks: 0 })
  }
  if (chains) engines.push({ engine: chains.engine, ...where, isUp: !chains.isFailing() })
  return engines
}
