import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { type NodeMetrics, nodeInstruments } from './node-metrics.ts'

export type MetricsOptions = {
  /** Version of the running program. */
  readonly version: string
  /** Memory, CPU and event loop of the process; off in tests, which make many of these. */
  readonly processMetrics?: boolean
}

export type HttpRequestMeasured = {
  readonly method: string
  /** The route's pattern, never the path. */
  readonly route: string
  readonly status: number
  /** Code of a problem that is the server's fault. */
  readonly errorType?: string | undefined
  readonly seconds: number
}

/** Frameworks that are written to. */
export type Engine = 'records' | 'evm' | 'fabric'
export type SubmitResult = 'appended' | 'duplicate' | 'refused'

/** How a JSON-RPC call ended. */
export type RpcResult = 'answered' | 'refused' | 'limited' | 'failed'

/** What is counted and measured, for Prometheus. */
export interface Metrics extends NodeMetrics {
  httpRequest(measured: HttpRequestMeasured): void
  /** Statements, or calls of another framework than records, that ended so. */
  submitted(result: SubmitResult, count: number, engine?: Engine): void
  /** From handing them to the ledger to their outcomes. */
  committed(seconds: number, engine?: Engine): void
  /** One durable commit of the store. */
  fsync(seconds: number): void
  /** JSON-RPC calls by how they ended; the method is one of those that the door knows, or other. */
  rpcCalls(method: string, result: RpcResult, count: number): void
  treeSize(ledger: string, entries: number): void
  diskFree(bytes: number): void
  /** Attempts to deliver an event to a webhook, by how they ended. */
  webhookDelivery(result: 'delivered' | 'failed' | 'dead'): void
  /** Asked whenever metrics are read. */
  webhookOldestPending(seconds: () => number): void
  /** A validator signed two blocks of one height. */
  byzantineEvidence(): void
  /** Event streams that are open. */
  streams(count: number): void
  readonly contentType: string
  /** Prometheus text. */
  text(): Promise<string>
}

/** The buckets that OpenTelemetry's HTTP convention prescribes, in seconds. */
const httpBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
/** A durable commit takes 0.2 to 20 ms on disks that we measured. */
const commitBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30]

/** Metrics in a registry of their own, so that two nodes in one process do not mix. */
export function createMetrics({ version, processMetrics = true }: MetricsOptions): Metrics {
  const registry = new Registry()
  if (processMetrics) collectDefaultMetrics({ register: registry })
  const observeRequest = requestObserver(registry)
  const ledger = ledgerInstruments(registry)
  const machine = machineInstruments(registry, version)
  const events = eventInstruments(registry)
  const node = nodeInstruments(registry)
  const rpcCalls = rpcCounter(machine.rpcCalls)
  return {
    httpRequest: observeRequest,
    submitted(result, count, engine = 'records') {
      if (count === 0) return
      ledger[engine].submitted[result].inc(count)
      if (result === 'duplicate') ledger.replays.inc(count)
    },
    committed: (seconds, engine = 'records') => ledger[engine].commit.observe(seconds),
    fsync: (seconds) => machine.fsync.observe(seconds),
    byzantineEvidence: () => ledger.evidence.inc(),
    rpcCalls(method, result, count) {
      rpcCalls(method, result, count)
      if (result === 'limited') node.refused('RATE_LIMITED', count)
    },
    treeSize: (id, entries) => ledger.treeSize.set({ ledger: id }, entries),
    diskFree: (bytes) => machine.diskFree.set(bytes),
    ...events,
    ...node,
    contentType: registry.contentType,
    text: () => registry.metrics(),
  }
}

/** Children are kept: of a call in a batch, looking labels up was a tenth of all that it took. */
function rpcCounter(calls: Counter<'method' | 'result'>): Metrics['rpcCalls'] {
  const children = new Map<string, Counter.Internal>()
  return (method, result, count) => {
    const name = `${method} ${result}`
    const child = children.get(name) ?? calls.labels({ method, result })
    children.set(name, child)
    child.inc(count)
  }
}

/** Children are kept by route and status: looking labels up for each request took 2 µs of it. */
function requestObserver(registry: Registry): Metrics['httpRequest'] {
  const histogram = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Duration of HTTP server requests.',
    labelNames: ['http_request_method', 'http_route', 'http_response_status_code', 'error_type'],
    buckets: httpBuckets,
    registers: [registry],
  })
  type Child = ReturnType<typeof histogram.labels>
  const routes = new Map<string, Map<string, Child[]>>()
  return ({ method, route, status, errorType, seconds }) => {
    if (errorType !== undefined) {
      return histogram.labels(method, route, String(status), errorType).observe(seconds)
    }
    const methods = routes.get(route) ?? new Map<string, Child[]>()
    const statuses = methods.get(method) ?? []
    let child = statuses[status]
    if (!child) {
      const of = { http_request_method: method, http_route: route }
      child = histogram.labels({ ...of, http_response_status_code: String(status) })
      statuses[status] = child
      routes.set(route, methods.set(method, statuses))
    }
    child.observe(seconds)
  }
}

function ledgerInstruments(registry: Registry) {
  const registers = [registry]
  const submitted = new Counter({
    name: 'bsn_tx_submitted_total',
    help: 'Statements that ended, by outcome.',
    labelNames: ['engine', 'result'],
    registers,
  })
  const commit = new Histogram({
    name: 'bsn_tx_commit_duration_seconds',
    help: 'Time from handing statements to the ledger to their durable outcomes.',
    labelNames: ['engine'],
    buckets: commitBuckets,
    registers,
  })
  const of = (engine: Engine) => {
    const ended = (result: SubmitResult) => submitted.labels({ engine, result })
    const results = { appended: ended('appended'), duplicate: ended('duplicate') }
    const all = { ...results, refused: ended('refused') }
    return { submitted: all, commit: commit.labels({ engine }) }
  }
  return {
    ...{ records: of('records'), evm: of('evm'), fabric: of('fabric') },
    replays: new Counter({
      name: 'bsn_idempotency_replays_total',
      help: 'Statements that were there already, and were answered with the first entry.',
      registers,
    }),
    evidence: new Counter({
      name: 'bsn_byzantine_evidence_total',
      help: 'Proofs that a validator signed two blocks of one height.',
      registers,
    }),
    treeSize: new Gauge({
      name: 'bsn_audit_tree_size',
      help: 'Entries in the log.',
      labelNames: ['ledger'],
      registers,
    }),
  }
}

function eventInstruments(registry: Registry) {
  const registers = [registry]
  const deliveries = new Counter({
    name: 'bsn_webhook_deliveries_total',
    help: 'Attempts to deliver an event to a webhook, by how they ended.',
    labelNames: ['result'],
    registers,
  })
  const streams = new Gauge({ name: 'bsn_event_streams', help: 'Event streams open.', registers })
  let oldest = () => 0
  new Gauge({
    name: 'bsn_webhook_oldest_pending_seconds',
    help: 'Age of the oldest event that a webhook is waiting for.',
    registers,
    collect() {
      this.set(oldest())
    },
  })
  return {
    webhookDelivery: (result: 'delivered' | 'failed' | 'dead') => deliveries.inc({ result }),
    webhookOldestPending(seconds: () => number) {
      oldest = seconds
    },
    streams: (count: number) => streams.set(count),
  }
}

function machineInstruments(registry: Registry, version: string) {
  const registers = [registry]
  const info = new Gauge({
    name: 'bsn_build_info',
    help: 'Always 1; the version is the label.',
    labelNames: ['version'],
    registers,
  })
  info.set({ version }, 1)
  return {
    rpcCalls: new Counter({
      name: 'bsn_rpc_calls_total',
      help: 'JSON-RPC calls by method and how they ended.',
      labelNames: ['method', 'result'],
      registers,
    }),
    fsync: new Histogram({
      name: 'bsn_store_fsync_duration_seconds',
      help: 'Duration of one durable commit of the store.',
      buckets: commitBuckets,
      registers,
    }),
    diskFree: new Gauge({
      name: 'bsn_disk_free_bytes',
      help: 'Free space where the data folder lies.',
      registers,
    }),
  }
}
