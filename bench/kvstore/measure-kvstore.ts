import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type BenchContext, lengthsOf } from '../context.ts'
import { benchError } from '../errors.ts'
import { cpuSecondsOfAll } from '../network/process-figures.ts'
import { runProgram } from '../network/program.ts'
import { resultOf, rounded } from '../report.ts'
import type { KvstoreLoad, KvstoreRate } from './kvstore-load.ts'
import { startKvstore } from './kvstore-network.ts'

export type KvstoreOptions = { readonly program: string; readonly statementBytes: number }

/** Of a bundle of ours at its fullest. */
const bundleBytes = 256 * 1024

/**
 * peer.kvstore: four CometBFT with the application that it brings along, which verifies nothing and
 * keeps everything in memory. One transaction has the bytes of one statement, as applications of
 * CometBFT have it; what it does with transactions of the size of our bundles is told besides.
 */
export async function measureKvstore(
  context: BenchContext,
  { program, statementBytes }: KvstoreOptions,
): Promise<void> {
  const seconds = lengthsOf(context.options).peer
  const singles = { txBytes: statementBytes, underWayMax: 4000, connections: 64 }
  const bundles = { txBytes: bundleBytes, underWayMax: 32, connections: 8 }
  const one = await measure(context, program, { ...singles, seconds })
  const many = await measure(context, program, { ...bundles, seconds })
  const perBundle = Math.floor(bundleBytes / statementBytes)
  context.add(
    resultOf('peer.kvstore', one.rate, {
      ...{ validators: 4, 'transaction bytes': statementBytes, seconds: rounded(seconds) },
      ...{ connections: singles.connections, 'not committed yet, at most': singles.underWayMax },
      'entries of each block': one.perBlock,
      ...(one.cores === undefined ? {} : { cores: rounded(one.cores) }),
      config: 'that of our nodes',
      counted: 'when committed; sent by broadcast_tx_sync over HTTP',
      signatures: 'none verified, of transactions',
      storage: 'in memory, but for the blocks of CometBFT',
      [`statements/s in transactions of ${bundleBytes / 1024} KiB`]: rounded(many.rate * perBundle),
    }),
  )
}

type Shape = Pick<KvstoreLoad, 'txBytes' | 'underWayMax' | 'connections' | 'seconds'>
type Measured = {
  readonly rate: number
  readonly perBlock: number
  readonly cores: number | undefined
}

/** On a network of its own, so that no measurement inherits what another left. */
async function measure(
  { folder, options, say }: BenchContext,
  program: string,
  shape: Shape,
): Promise<Measured> {
  say(`kvstore on four CometBFT: transactions of ${shape.txBytes} bytes`)
  const place = join(folder, `kvstore-${shape.txBytes}`)
  const network = await startKvstore(program, place)
  const { warmup: warmupSeconds } = lengthsOf(options)
  const load: KvstoreLoad = { ...shape, ports: network.ports, warmupSeconds, firstNumber: 0 }
  const [startedMs, cpu] = [performance.now(), cpuSecondsOfAll(network.pids)]
  const file = new URL('./kvstore-load.ts', import.meta.url)
  const { rate, committed, blocks, problem } = await runProgram<KvstoreRate>(file, load)
  const cpuAfter = cpuSecondsOfAll(network.pids)
  const seconds = (performance.now() - startedMs) / 1000
  const used = cpuAfter === undefined || cpu === undefined ? undefined : cpuAfter - cpu
  const cores = used === undefined ? undefined : used / seconds
  await network.stop()
  if (!options.keeps) rmSync(place, { recursive: true, force: true })
  if (problem !== undefined) throw benchError('BENCH_OUTCOME_WRONG', `kvstore: ${problem}.`)
  return { rate, perBlock: rounded(committed / Math.max(1, blocks)), cores }
}
