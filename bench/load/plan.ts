import type { StatementFile } from '../statements/statement-file.ts'
import type { Percentiles } from './latencies.ts'

/** Signed statements out of a file, to one path. */
export type StatementWork = {
  readonly kind: 'statements'
  /** Where requests are posted to, and the status that says that it was appended. */
  readonly path: string
  readonly successStatus: number
  readonly file: StatementFile
  /** 1: as application/cose. More: as application/cbor-seq. */
  readonly perRequest: number
  /** How many validators' receipts the answer to one statement must have; 0 where not said. */
  readonly receiptsLeast?: number
}

/** Where JSON records go, and by whose leave. All names of one load have the same length. */
export type JsonTarget = {
  readonly ledger: string
  readonly service: string
  readonly apiKey: string
}

/** JSON records of 200 bytes, made as they are sent: one to each target in turn. */
export type JsonWork = {
  readonly kind: 'json'
  readonly targets: readonly JsonTarget[]
  /** Number of the first record; no other load of these targets has it or one after it. */
  readonly firstNumber: number
  /** Whether to be refused for asking too often (429) is what shall happen. */
  readonly expectsLimit: boolean
}

/** What one load generator does. */
export type LoadPlan = {
  /** Of the servers; connections are spread over them. */
  readonly ports: readonly number[]
  /** Processes of the servers, for their CPU time together. */
  readonly pids: readonly number[]
  readonly work: StatementWork | JsonWork
  readonly connections: number
  readonly warmupSeconds: number
  readonly seconds: number
  /**
   * Requests per second, sent when they are due whatever became of those before. Without it each
   * connection sends again as soon as it is answered.
   */
  readonly requestsPerSecond?: number
  /** Due at random times (a Poisson process) from this seed, not at even ones. */
  readonly arrivalsSeed?: number
  /**
   * It stands for machines elsewhere, and takes no core that what is measured wants: all of its
   * threads come last (nice 19, Linux alone).
   */
  readonly comesLast?: boolean
  /** Whether the result has every latency, so that several runs have percentiles together. */
  readonly tellsLatencies?: boolean
}

export type LoadResult = {
  /** Statements of the whole run that were answered `appended`. */
  readonly appended: number
  /** Requests of the whole run, answered in whichever way. */
  readonly requests: number
  /** Statements per second in the measured part. */
  readonly rate: number
  readonly measuredSeconds: number
  /** Of the measured part's whole seconds, the rate of the worst. */
  readonly slowestSecond: number
  /** Milliseconds of a request, from the moment that it was due. */
  readonly latency: Percentiles
  /** All of them, where the plan asks for it. */
  readonly latencies?: readonly number[]
  /** When each of those was due, in milliseconds since 1970. */
  readonly dueTimes?: readonly number[]
  readonly generatorCores: number
  /** All threads of all servers; undefined where the system does not tell. */
  readonly serverCores?: number
  /** The first answer that was not what it should be; the run ends with it. */
  readonly problem?: string
}
