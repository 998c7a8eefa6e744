import { Counter, Gauge, type Registry } from 'prom-client'
import { gatewayCatalogue } from './catalogue.ts'
import type { Engine } from './metrics.ts'

/** What carries a ledger or its chains: this process itself, or a program beside it. */
export type EngineName = 'solo' | 'cometbft' | 'anvil' | 'external'

/** An engine as it is when metrics are read. */
export type EngineMeasured = {
  readonly engine: EngineName
  readonly ledger: string
  /** Id of this city node. */
  readonly node: string
  readonly isUp: boolean
  /** Of its last block; absent where it has several chains, or gives no answer. */
  readonly height?: number | undefined
  /** Blocks that other nodes were ahead of it when they were asked last. */
  readonly lagBlocks?: number | undefined
}

/** What the node finds when metrics are read, and what it refuses. */
export interface NodeMetrics {
  /** A request or a statement was refused: by whom it came, or how many, is counted by the code. */
  refused(code: string, count?: number): void
  engine(measured: EngineMeasured): void
  /** Writes that somebody was told the fate of is not known, and that have none yet. */
  unknownOutcomes(engine: Engine, count: number): void
  /** Two nodes have decided different blocks of one height: this one stops. */
  forkDetected(): void
  /** Of the counters of usage against the log that they are made of. */
  meter(ledger: string, measured: { lagSeconds: number; difference: number }): void
  /** When the last backup was whole, in seconds since 1970. */
  backedUp(time: number): void
  /** When the certificate of the gateway ends, in seconds since 1970. */
  certificateEnds(time: number): void
}

/** Gauges that say nothing before they are set: 0 would be a fact. */
function gaugeOnceSet(registry: Registry, name: string, help: string): (value: number) => void {
  let gauge: Gauge | undefined
  return (value) => {
    gauge ??= new Gauge({ name, help, registers: [registry] })
    gauge.set(value)
  }
}

/** What of a registry is about the node. */
export function nodeInstruments(registry: Registry): NodeMetrics {
  return {
    ...refusalInstruments(registry),
    ...engineInstruments(registry),
    ...meterInstruments(registry),
    backedUp: gaugeOnceSet(
      registry,
      'bsn_backup_last_success_timestamp_seconds',
      'When the last backup of the data folder was whole.',
    ),
    certificateEnds: gaugeOnceSet(
      registry,
      'bsn_cert_expiry_timestamp_seconds',
      'When the certificate of the gateway ends.',
    ),
  }
}

function refusalInstruments(registry: Registry): Pick<NodeMetrics, 'refused'> {
  const registers = [registry]
  const auth = new Counter({
    name: 'bsn_auth_failures_total',
    help: 'Requests and statements of somebody who is not known, or may not, by code.',
    labelNames: ['reason'],
    registers,
  })
  const quota = new Counter({
    name: 'bsn_quota_rejections_total',
    help: 'Requests and statements over a limit.',
    registers,
  })
  return {
    refused(code, count = 1) {
      const status = Object.hasOwn(gatewayCatalogue, code) ? gatewayCatalogue[code]?.status : null
      if (status === 401 || status === 403) auth.inc({ reason: code }, count)
      else if (status === 429) quota.inc(count)
    },
  }
}

function engineInstruments(registry: Registry) {
  const registers = [registry]
  const labelNames = ['engine', 'node', 'ledger']
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames, registers })
  const up = gauge('bsn_engine_up', '1 where the engine does its work, else 0.')
  const height = gauge('bsn_engine_height', 'Of its last block.')
  const lag = gauge('bsn_engine_height_lag_blocks', 'Blocks that other nodes are ahead.')
  const unknown = new Gauge({
    name: 'bsn_tx_unknown_outcome',
    help: 'Writes of which nobody knows yet whether they are registered.',
    labelNames: ['engine'],
    registers,
  })
  const forks = new Counter({
    name: 'bsn_fork_detected_total',
    help: 'Blocks that were decided and are not those that this node comes to.',
    registers,
  })
  return {
    engine({ engine, node, ledger, ...measured }: EngineMeasured) {
      const labels = { engine, node, ledger }
      up.set(labels, measured.isUp ? 1 : 0)
      if (measured.height !== undefined) height.set(labels, measured.height)
      if (measured.lagBlocks !== undefined) lag.set(labels, measured.lagBlocks)
    },
    unknownOutcomes: (engine: Engine, count: number) => unknown.set({ engine }, count),
    forkDetected: () => forks.inc(),
  }
}

function meterInstruments(registry: Registry): Pick<NodeMetrics, 'meter'> {
  const [registers, labelNames] = [[registry], ['ledger']]
  const lag = new Gauge({
    name: 'bsn_meter_lag_seconds',
    help: 'Age of the oldest entry that usage does not count yet.',
    labelNames,
    registers,
  })
  const difference = new Gauge({
    name: 'bsn_meter_ledger_difference',
    help: 'Entries that usage counts, less those of the log up to there: 0, or it is wrong.',
    labelNames,
    registers,
  })
  return {
    meter(ledger, measured) {
      lag.set({ ledger }, measured.lagSeconds)
      difference.set({ ledger }, measured.difference)
    },
  }
}
