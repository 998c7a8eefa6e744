import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type BenchContext, lengthsOf } from '../context.ts'
import { benchError } from '../errors.ts'
import type { JsonTarget, LoadResult } from '../load/plan.ts'
import { runLoad } from '../load/run-load.ts'
import { freePort } from '../network/free-port.ts'
import { memoryOf } from '../network/process-figures.ts'
import { startProgram } from '../network/program.ts'
import { type Server, startServer } from '../network/server.ts'
import { type Conditions, resultOf, rounded } from '../report.ts'
import type { Arrivals, Expected, ReadersPlan } from './readers-plan.ts'
import { createTenants } from './tenants.ts'

const services = Array.from({ length: 200 }, (_, i) => `events-${i + 100}`)
const streamsPerService = 5
/** 100 million records a day, over all services. */
const perSecond = 1157
const connections = 64
/** What has not come by then is lost. */
const waitMs = 15_000
const memoryEveryMs = 250

/**
 * gateway.events.p99: from the moment at which a record is sent, so that its commit is in it, until
 * a stream or a webhook's receiver has it.
 */
export async function measureEvents(context: BenchContext): Promise<void> {
  const { options, folder, say } = context
  const home = join(folder, 'events')
  const server = await startServer(options.bsn, home, ['--webhook-allow', '127.0.0.1/32'])
  say(`${services.length} services with ${streamsPerService} streams and a webhook each`)
  const targets = await createTenants(server, services)
  const webhookPort = await freePort()
  const { warmup: warmupSeconds, sustained: seconds } = lengthsOf(options)
  const plan: ReadersPlan = {
    ...{ port: server.port, targets, streamsPerService, webhookPort, warmupSeconds },
  }
  const file = new URL('./readers.ts', import.meta.url)
  const readers = await startProgram<Expected, Arrivals>(file, plan)
  for (const target of targets) await createWebhook(server, target, webhookPort)
  say(`${perSecond} records a second over all of them`)
  const work = { kind: 'json', targets, firstNumber: 0, expectsLimit: false } as const
  const pace = { connections, warmupSeconds, seconds, requestsPerSecond: perSecond }
  const load = runLoad(server, { work, ...pace })
  const memory = await anonymousDuring(server, load)
  const result = await load
  const counts = targets.map((_, i) => countOf(result.appended, i))
  const arrivals = await readers.finish({ counts, waitMs })
  await server.stop()
  if (!options.keeps) rmSync(home, { recursive: true })
  report(context, { result, arrivals, memory })
}

/** Records of one service: the load goes to one after the other. */
const countOf = (total: number, service: number) =>
  Math.floor(total / services.length) + (service < total % services.length ? 1 : 0)

async function createWebhook(
  { gateway }: Server,
  { ledger, service, apiKey }: JsonTarget,
  port: number,
): Promise<void> {
  const path = `/api/v1/ledgers/${ledger}/services/${service}/webhooks`
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ url: `http://127.0.0.1:${port}/${service}` })
  const answer = await fetch(`${gateway}${path}`, { method: 'POST', headers, body })
  if (answer.status === 201) return
  throw benchError('BENCH_OUTCOME_WRONG', `No webhook: ${answer.status} ${await answer.text()}.`)
}

type Memory = { readonly early: number; readonly late: number }

/** Highest anonymous memory, in MB, of the second and of the last quarter of a load. */
async function anonymousDuring({ pid }: Server, load: Promise<unknown>): Promise<Memory> {
  const seen: number[] = []
  const timer = setInterval(() => seen.push(memoryOf(pid)?.anonymous ?? 0), memoryEveryMs)
  await load.finally(() => clearInterval(timer))
  const quarter = Math.ceil(seen.length / 4)
  const highest = (values: readonly number[]) => Math.max(0, ...values)
  return {
    early: highest(seen.slice(quarter, 2 * quarter)),
    late: highest(seen.slice(-quarter)),
  }
}

type Measured = {
  readonly result: LoadResult
  readonly arrivals: Arrivals
  readonly memory: Memory
}

function report({ add }: BenchContext, { result, arrivals, memory }: Measured): void {
  const { lost, outOfOrder, arrived } = arrivals
  if (lost !== 0 || outOfOrder > 0) {
    const what = `${lost} events were lost and ${outOfOrder} came twice or out of order`
    throw benchError('BENCH_OUTCOME_WRONG', `Of ${arrived} events, ${what}.`)
  }
  const { serverCores } = result
  const conditions: Conditions = {
    services: services.length,
    'event streams': services.length * streamsPerService,
    webhooks: services.length,
    'records/s': rounded(result.rate),
    'events arrived': arrived,
    lost,
    seconds: rounded(result.measuredSeconds),
    'p50 ms': rounded(arrivals.all.p50),
    'p99.9 ms': rounded(arrivals.all.p999),
    'streams, p99 ms': rounded(arrivals.streams.p99),
    'webhooks, p99 ms': rounded(arrivals.webhooks.p99),
    'write, p99 ms': rounded(result.latency.p99),
    'write connections': connections,
    'memory MB, second quarter': memory.early,
    'memory MB, last quarter': memory.late,
    ...(serverCores === undefined ? {} : { 'server cores': rounded(serverCores) }),
    'generator cores': rounded(result.generatorCores),
    'readers cores': rounded(arrivals.cores),
    'latency from': 'when a record was sent, so that its commit is in it',
  }
  add(resultOf('gateway.events.p99', arrivals.all.p99, conditions))
}
