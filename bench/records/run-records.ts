import { rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { createWriters } from '../network/issuers.ts'
import { type Server, startServer } from '../network/server.ts'
import { resultOf } from '../report.ts'
import { createStatementSource } from '../statements/sign.ts'
import { payloadBytes } from '../statements/template.ts'
import { measureTessera } from '../tessera/measure-tessera.ts'
import { type BenchContext, lengthsOf, wants } from './context.ts'
import { checkDurability } from './durability.ts'
import { measureGrowth } from './growth.ts'
import { appendLimit, verifyLimit } from './limits.ts'
import {
  batchSize,
  measureBatch,
  measureSingles,
  measureSteady,
  type Subject,
} from './throughput.ts'

/** Statements that the limits are measured with: more than caches of a core hold. */
const limitStatements = 20_000

/** The main job under load, its limits, its peer, and what a large log costs. */
export async function runRecords(context: BenchContext): Promise<void> {
  const home = join(context.folder, 'network')
  const server = await startServer(context.options.bsn, home)
  const subject = await prepare(context, server)
  await measureBatch(context, subject)
  await measureSingles(context, subject)
  await measureSteady(context, subject)
  await server.stop()
  if (!context.options.keeps) rmSync(home, { recursive: true })
  if (wants(context, 'peer.tessera')) await measurePeer(context, subject)
  if (wants(context, 'growth.ratio', 'growth.memory', 'restart', 'receipt.p99')) {
    await measureGrowth(context, subject)
  }
}

/** A network whose commits are known to be durable, with writers. Measures the limits too. */
async function prepare(context: BenchContext, server: Server): Promise<Subject> {
  const { options, folder, say, add } = context
  const writers = await createWriters(server)
  const source = createStatementSource(writers, { folder, hasActIds: options.hasActIds })
  say('is every commit on disk before it is answered?')
  const durability = await checkDurability(server, writers, source)
  say('signature verification alone, durable append alone')
  const seconds = lengthsOf(options).limit
  const file = await source.sign(limitStatements)
  const verifyRate = await verifyLimit(writers, file, seconds)
  const size = { 'statement bytes': file.statementBytes, 'payload bytes': payloadBytes }
  if (wants(context, 'limit.verify')) {
    const threads = availableParallelism()
    add(resultOf('limit.verify', verifyRate, { threads, seconds, ...size, algorithm: 'Ed25519' }))
  }
  if (wants(context, 'limit.append')) {
    const rate = await appendLimit(folder, file, { seconds, perCommit: batchSize })
    add(resultOf('limit.append', rate, { 'statements per commit': batchSize, seconds, ...size }))
  }
  rmSync(file.path)
  return { server, writers, source, verifyRate, durability }
}

async function measurePeer(context: BenchContext, { source, verifyRate }: Subject): Promise<void> {
  const { warmup, peer } = lengthsOf(context.options)
  // It verifies nothing, so that it may well be faster than that.
  const file = await source.sign(Math.ceil(3 * verifyRate * (warmup + peer)))
  await measureTessera(context, file)
  rmSync(file.path)
}
