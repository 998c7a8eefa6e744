import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BenchContext, wants } from '../context.ts'
import { startServer } from '../network/server.ts'
import { measureApi } from './api-transfers.ts'
import { measureDoor } from './door-ratio.ts'
import { measureReadLatency } from './read-latency.ts'
import { measureIdle, measureWake } from './wake.ts'

/** A sandbox chain as a city node runs it: over its own socket, and through the JSON-RPC door. */
export async function runEvm(context: BenchContext): Promise<void> {
  const home = join(context.folder, 'network')
  const server = await startServer(context.options.bsn, home)
  // It is ready before its sandbox is named.
  while (!readFileSync(join(home, 'profile.json'), 'utf8').includes('"sandbox"')) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  if (wants(context, 'evm.door.read.ms')) await measureReadLatency(context, server)
  if (wants(context, 'evm.direct.erc20', 'evm.door.ratio')) await measureDoor(context, server)
  if (wants(context, 'evm.api.erc20')) await measureApi(context, server)
  if (wants(context, 'evm.idle.mb')) await measureIdle(context, server)
  if (wants(context, 'evm.wake')) await measureWake(context, server)
  else await server.stop()
}
