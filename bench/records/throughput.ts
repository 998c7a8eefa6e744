import { rmSync } from 'node:fs'
import { assert } from '../../src/kernel/assert.ts'
import { type BenchContext, lengthsOf, wants } from '../context.ts'
import type { Percentiles } from '../load/latencies.ts'
import type { LoadResult } from '../load/plan.ts'
import { type Load, runLoad, type Target } from '../load/run-load.ts'
import { settleDisk } from '../load/settle-disk.ts'
import type { Writers } from '../network/issuers.ts'
import type { Server } from '../network/server.ts'
import { type Conditions, resultOf, rounded } from '../report.ts'
import type { StatementSource } from '../statements/sign.ts'
import { payloadBytes } from '../statements/template.ts'
import { probeDisk } from './probe-disk.ts'
import { drainProjection, verifySample } from './sample.ts'

/** A running network with all that a load needs. */
export type Subject = {
  readonly server: Server
  readonly writers: Writers
  readonly source: StatementSource
  /** Of each of its statements. */
  readonly statementBytes: number
  /** Signatures per second that this machine verifies: no rate can be higher. */
  readonly verifyRate: number
  /** What the check of durability saw. */
  readonly durability: Conditions
  /** Who share the load, where it is not `server` alone. */
  readonly targets?: readonly Target[]
}

export type Shape = Pick<Load, 'connections' | 'warmupSeconds' | 'seconds'> & {
  readonly perRequest: number
  readonly requestsPerSecond?: number
  readonly tellsLatencies?: boolean
  /** Receipts are asked for, and each answer must have those of so many validators. */
  readonly receiptsLeast?: number
}

/** Statements of one request in the batch rows. */
export const batchSize = 500
/** Requests under way in the batch rows: two cores' work and as much waiting. */
const batchConnections = 6
/** 100 million statements a day. */
const steadyPerSecond = 1157

/**
 * Signs what a load of this shape can use up at most, runs it on a settled disk, and clears away
 * the file. `onSigned` is called when the load itself begins.
 */
export async function applyLoad(
  subject: Subject,
  shape: Shape,
  onSigned: () => void = () => undefined,
): Promise<LoadResult> {
  const { source, server, writers, verifyRate, targets = server } = subject
  const { perRequest, receiptsLeast = 0, ...pace } = shape
  // A quarter more: the machine may have been disturbed when the limit was measured.
  const perSecond = shape.requestsPerSecond ?? verifyRate * 1.25
  const most = perSecond * (shape.warmupSeconds + shape.seconds)
  const file = await source.sign(Math.ceil(most + shape.connections * shape.perRequest))
  try {
    await settleDisk(server.home, shape.seconds)
    onSigned()
    const asked = receiptsLeast > 0 ? '?include=receipt' : ''
    const path = `/api/v1/ledgers/${writers.ledger}/entries${asked}`
    const successStatus = perRequest === 1 ? 201 : 200
    const how = { perRequest, path, successStatus, receiptsLeast }
    return await runLoad(targets, { ...pace, work: { kind: 'statements', file, ...how } })
  } finally {
    rmSync(file.path)
  }
}

export const batchShape = (context: BenchContext, seconds: number): Shape => ({
  connections: batchConnections,
  perRequest: batchSize,
  warmupSeconds: lengthsOf(context.options).warmup,
  seconds,
})

function latencyOf({ p50, p99, p999 }: Percentiles): Conditions {
  return { 'p50 ms': rounded(p50), 'p99 ms': rounded(p99), 'p99.9 ms': rounded(p999) }
}

export function conditionsOf(shape: Shape, result: LoadResult): Conditions {
  const cores = result.serverCores
  return {
    'statements per request': shape.perRequest,
    'payload bytes': payloadBytes,
    connections: shape.connections,
    seconds: rounded(result.measuredSeconds),
    ...latencyOf(result.latency),
    ...(cores === undefined ? {} : { 'server cores': rounded(cores) }),
    'generator cores': rounded(result.generatorCores),
    durability: 'fdatasync in every commit, answer after it',
  }
}

/** records.batch, with a sample of its receipts verified afterwards. */
export async function measureBatch(context: BenchContext, subject: Subject): Promise<void> {
  if (!wants(context, 'records.batch')) return
  context.say(`batches of ${batchSize} on ${batchConnections} connections`)
  const shape = batchShape(context, lengthsOf(context.options).sustained)
  const result = await applyLoad(subject, shape)
  const behind = await drainProjection(subject.server, subject.writers)
  const verified = await verifySample(subject.server, subject.writers)
  context.add(
    resultOf('records.batch', result.rate, {
      ...conditionsOf(shape, result),
      ...subject.durability,
      'slowest second': rounded(result.slowestSecond),
      'lists behind by entries': behind,
      'receipts verified offline': verified,
    }),
  )
}

/** records.single64 */
export async function measureSingles(context: BenchContext, subject: Subject): Promise<void> {
  if (!wants(context, 'records.single64')) return
  const shape = singlesShape(context, 64)
  context.say('single statements on 64 connections')
  const result = await applyLoad(subject, shape)
  await drainProjection(subject.server, subject.writers)
  context.add(resultOf('records.single64', result.rate, conditionsOf(shape, result)))
}

export function singlesShape({ options }: BenchContext, connections: number): Shape {
  const { warmup: warmupSeconds, singles: seconds } = lengthsOf(options)
  return { connections, perRequest: 1, warmupSeconds, seconds }
}

/** records.steady.p99 and records.steady.cores. */
export async function measureSteady(context: BenchContext, subject: Subject): Promise<void> {
  if (!wants(context, 'records.steady.p99', 'records.steady.cores')) return
  const { warmup: warmupSeconds, sustained: seconds } = lengthsOf(context.options)
  const loop = { connections: 64, requestsPerSecond: steadyPerSecond }
  const shape = { ...loop, perRequest: 1, warmupSeconds, seconds }
  const { result, waits, leftOut } = await onCalmDisk(context, subject, shape)
  const offered = {
    'offered per second': steadyPerSecond,
    'answered per second': rounded(result.rate),
  }
  const conditions = {
    ...conditionsOf(shape, result),
    'latency from': 'when a request was due',
    'bare fdatasync beside it, p99 ms': rounded(waits.p99),
    'longest ms': rounded(waits.max),
    'turns left out because the bare disk stalled': leftOut.length,
    ...(leftOut.length > 0
      ? { 'their p99 ms, and that of the bare disk': leftOut.join(', ') }
      : {}),
  }
  context.add(resultOf('records.steady.p99', result.latency.p99, { ...offered, ...conditions }))
  if (result.serverCores === undefined) context.miss('records.steady.cores', 'needs /proc')
  else context.add(resultOf('records.steady.cores', result.serverCores, offered))
}

/** A bare page takes half a millisecond; a disk of this p99 says nothing about who waits for it. */
const calmDiskMs = 5
const calmTurnsMax = 3

/**
 * Applies the load again, a few times at most, while a bare disk beside it stalled by itself; what
 * the load gave is not asked. The last turn counts in any case.
 */
async function onCalmDisk(context: BenchContext, subject: Subject, shape: Shape) {
  const leftOut: string[] = []
  for (;;) {
    context.say(`single statements at a steady ${steadyPerSecond} per second`)
    let disk: ReturnType<typeof probeDisk> | undefined
    const result = await applyLoad(subject, shape, () => {
      disk = probeDisk(context.folder)
    })
    assert(disk !== undefined, 'a load begins before it ends')
    const { waits } = await disk.stop()
    if (waits.p99 <= calmDiskMs || leftOut.length + 1 === calmTurnsMax) {
      return { result, waits, leftOut }
    }
    leftOut.push(`${rounded(result.latency.p99)} (${rounded(waits.p99)})`)
  }
}
