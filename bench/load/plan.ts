import type { StatementFile } from '../statements/statement-file.ts'
import type { Percentiles } from './latencies.ts'

/** What one load generator does. */
export type LoadPlan = {
  readonly port: number
  /** Process of the server, for its CPU time. */
  readonly pid: number
  /** Where requests are posted to, and the status that says that it was appended. */
  readonly path: string
  readonly successStatus: number
  readonly file: StatementFile
  readonly connections: number
  /** 1: as application/cose. More: as application/cbor-seq. */
  readonly perRequest: number
  readonly warmupSeconds: number
  readonly seconds: number
  /**
   * Requests per second, sent when they are due whatever became of those before. Without it each
   * connection sends again as soon as it is answered.
   */
  readonly requestsPerSecond?: number
}

export type LoadResult = {
  /** Statements of the whole run that were answered `appended`. */
  readonly appended: number
  /** Statements per second in the measured part. */
  readonly rate: number
  readonly measuredSeconds: number
  /** Of the measured part's whole seconds, the rate of the worst. */
  readonly slowestSecond: number
  /** Milliseconds of a request, from the moment that it was due. */
  readonly latency: Percentiles
  readonly generatorCores: number
  /** All threads of the server; undefined where the system does not tell. */
  readonly serverCores?: number
  /** The first answer that was not what it should be; the run ends with it. */
  readonly problem?: string
}
