import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type BenchContext, wants } from '../context.ts'
import { startServer } from '../network/server.ts'
import { prepare } from '../records/prepare.ts'
import { measureEvents } from './events.ts'
import { measureJson } from './json.ts'
import { measureNeighbour } from './neighbour.ts'
import { measureWriteRatio } from './write-ratio.ts'

/** What access, limits, events and neighbours cost, each on one gateway with all of it on. */
export async function runGateway(context: BenchContext): Promise<void> {
  const home = join(context.folder, 'network')
  const server = await startServer(context.options.bsn, home)
  const subject = await prepare(context, server)
  if (wants(context, 'gateway.json')) await measureJson(context, subject)
  if (wants(context, 'gateway.write.ratio')) await measureWriteRatio(context, subject)
  if (wants(context, 'gateway.neighbour')) await measureNeighbour(context, subject)
  await server.stop()
  if (!context.options.keeps) rmSync(home, { recursive: true })
  // On a ledger of its own, so that memory is that of the events alone.
  if (wants(context, 'gateway.events.p99')) await measureEvents(context)
}
