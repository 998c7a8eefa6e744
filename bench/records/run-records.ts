import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type BenchContext, lengthsOf, wants } from '../context.ts'
import { startServer } from '../network/server.ts'
import { measureTessera } from '../tessera/measure-tessera.ts'
import { measureGrowth } from './growth.ts'
import { prepare } from './prepare.ts'
import { measureBatch, measureSingles, measureSteady, type Subject } from './throughput.ts'

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

async function measurePeer(context: BenchContext, { source, verifyRate }: Subject): Promise<void> {
  const { warmup, peer } = lengthsOf(context.options)
  // It verifies nothing, so that it may well be faster than that.
  const file = await source.sign(Math.ceil(3 * verifyRate * (warmup + peer)))
  await measureTessera(context, file)
  rmSync(file.path)
}
