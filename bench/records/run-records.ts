import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type BenchContext, wants } from '../context.ts'
import { startServer } from '../network/server.ts'
import { rowNamesOf } from '../report.ts'
import { measureGrowth } from './growth.ts'
import { measureLauncher } from './launcher.ts'
import { measurePeer } from './peer.ts'
import { prepare } from './prepare.ts'
import { measureBatch, measureSingles, measureSteady } from './throughput.ts'

/** The main job under load, its limits, its peer, and what a large log costs. */
export async function runRecords(context: BenchContext): Promise<void> {
  await measureLauncher(context)
  if (!wants(context, ...rowNamesOf('records').filter((row) => row !== 'cli.start'))) return
  const home = join(context.folder, 'network')
  const server = await startServer(context.options.bsn, home)
  const subject = await prepare(context, server)
  await measureBatch(context, subject)
  await measureSingles(context, subject)
  if (wants(context, 'records.single256', 'peer.tessera')) await measurePeer(context, subject)
  await measureSteady(context, subject)
  await server.stop()
  if (!context.options.keeps) rmSync(home, { recursive: true })
  if (wants(context, 'growth.ratio', 'growth.memory', 'restart', 'receipt.p99')) {
    await measureGrowth(context, subject)
  }
}
