import { execFile, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type BenchContext, lengthsOf } from '../context.ts'
import { benchError } from '../errors.ts'
import type { LoadResult } from '../load/plan.ts'
import { runLoad } from '../load/run-load.ts'
import { settleDisk } from '../load/settle-disk.ts'
import { rememberChild } from '../network/children.ts'
import { freePort } from '../network/free-port.ts'
import { type Conditions, rounded } from '../report.ts'
import type { StatementFile } from '../statements/statement-file.ts'

/** Writers, or connections, that each have one leaf under way: as in records.single256. */
const writers = 256

/** As Tessera's own conformance server has it; a batch is a full bundle and needs no rewriting. */
const batching = ['-batch-size', '256', '-batch-age', '10ms']

const modulePath = 'github.com/transparency-dev/tessera'
const version = 'v1.0.4'

const execute = promisify(execFile)

/**
 * Tessera's log, which neither parses nor verifies a leaf. Each measurement has a log of its own;
 * rates are in leaves per second.
 */
export interface Tessera {
  /** What its own load tester, its hammer, gets from it, as its published figures are made. */
  hammer(leafBytes: number, seconds: number): Promise<number>
  /**
   * What our load generator gets, which takes less of the shared cores, with the statements of a
   * file as leaves; then what writers in its own process get.
   */
  others(file: StatementFile): Promise<Conditions>
}

/** What holds under every measurement. */
export const tesseraConditions: Conditions = {
  module: `${modulePath}@${version}`,
  'load from': "Tessera's hammer",
  writers,
  'leaves per request': 1,
  settings: batching.join(' '),
  durability: 'files and folders synced before a leaf is acknowledged',
  signatures: 'none verified',
  antispam: 'off',
}

/** Builds it. Undefined, with the reason among what is missing, where that cannot be done. */
export async function openTessera(context: BenchContext): Promise<Tessera | undefined> {
  context.say('Tessera: building it')
  const programs = await build().catch((error: NodeJS.ErrnoException) => error)
  if (programs instanceof Error) {
    const why = programs.code === 'ENOENT' ? 'Go is not installed' : programs.message.trim()
    context.miss('peer.tessera', why)
    return undefined
  }
  return {
    hammer: (leafBytes, seconds) =>
      withServer(context, programs, (server) =>
        measureHammer(context, programs, { server, leafBytes, seconds }),
      ),
    others: async (file) => {
      const ours = await withServer(context, programs, (server) =>
        measureLoad(context, server, file),
      )
      const { peer: seconds } = lengthsOf(context.options)
      const direct = await measureDirect(context, programs, { file, seconds })
      return {
        'leaves/s from our load generator': rounded(ours.rate),
        'its p50 ms': rounded(ours.latency.p50),
        'its p99 ms': rounded(ours.latency.p99),
        ...direct,
      }
    },
  }
}

type Programs = { readonly log: string; readonly hammer: string }
type Server = { readonly port: number; readonly pid: number; readonly folder: string }
type HammerJob = {
  readonly server: Server
  readonly leafBytes: number
  readonly seconds: number
}

/** The programs in a cache of this clone; Go itself sees whether they have to be made again. */
async function build(): Promise<Programs> {
  const cache = join(import.meta.dirname, '../../node_modules/.cache/openbsn')
  mkdirSync(cache, { recursive: true })
  const log = join(cache, 'tessera-bench')
  await execute('go', ['build', '-o', log, '.'], { cwd: import.meta.dirname })
  const hammer = `${modulePath}/internal/hammer@${version}`
  await execute('env', [`GOBIN=${cache}`, 'go', 'install', hammer])
  return { log, hammer: join(cache, 'hammer') }
}

/** A log of its own on a port of its own while `measure` runs. */
async function withServer<T>(
  context: BenchContext,
  { log }: Programs,
  measure: (server: Server) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(context.folder, 'tessera-'))
  await settleDisk(folder, lengthsOf(context.options).peer)
  const port = await freePort()
  const key = ['-public-key', keyFile(folder)]
  const args = ['-folder', folder, '-listen', `127.0.0.1:${port}`, ...key, ...batching]
  const child = spawn(log, args, { stdio: 'ignore' })
  rememberChild(child)
  const ended = new Promise((resolve) => child.once('exit', resolve))
  try {
    while (!(await listens(port)) && child.exitCode === null) await sleep(20)
    return await measure({ port, pid: child.pid ?? 0, folder })
  } finally {
    child.kill('SIGKILL')
    await ended
    if (!context.options.keeps) rmSync(folder, { recursive: true, force: true })
  }
}

const keyFile = (folder: string) => `${folder}.public-key`
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

function measureLoad(
  context: BenchContext,
  { port, pid }: Server,
  file: StatementFile,
): Promise<LoadResult> {
  const { warmup: warmupSeconds, peer: seconds } = lengthsOf(context.options)
  const work = {
    kind: 'statements',
    file,
    perRequest: 1,
    path: '/add',
    successStatus: 200,
  } as const
  return runLoad({ port, pid }, { work, connections: writers, warmupSeconds, seconds })
}

/** Acknowledged leaves per second, counted by the server. */
async function measureHammer(
  context: BenchContext,
  { hammer }: Programs,
  { server, leafBytes, seconds }: HammerJob,
): Promise<number> {
  const options = {
    log_public_key: readFileSync(keyFile(server.folder), 'utf8'),
    log_url: `file://${server.folder}/`,
    write_log_url: `http://127.0.0.1:${server.port}`,
    num_writers: writers,
    // More than it can: without a number its throttle lets nothing through.
    max_write_ops: 1_000_000,
    num_readers_full: 0,
    num_readers_random: 0,
    dup_chance: 0,
    leaf_min_size: leafBytes,
    show_ui: false,
  }
  const child = spawn(
    hammer,
    Object.entries(options).map(([name, value]) => `-${name}=${value}`),
    { stdio: 'ignore' },
  )
  rememberChild(child)
  const ended = new Promise((resolve) => child.once('exit', resolve))
  try {
    while ((await countOf(server)) === 0 && child.exitCode === null) await sleep(50)
    await sleep(lengthsOf(context.options).warmup * 1000)
    const [before, started] = [await countOf(server), performance.now()]
    await sleep(seconds * 1000)
    const [after, stopped] = [await countOf(server), performance.now()]
    if (child.exitCode === null && after > before) {
      return (after - before) / ((stopped - started) / 1000)
    }
    throw benchError('BENCH_PROCESS_FAILED', "Tessera's hammer ended, or added nothing.")
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}

async function countOf({ port }: Server): Promise<number> {
  return Number(await (await fetch(`http://127.0.0.1:${port}/count`)).text())
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

async function measureDirect(
  context: BenchContext,
  { log }: Programs,
  { file, seconds }: { readonly file: StatementFile; readonly seconds: number },
): Promise<Conditions> {
  const folder = join(context.folder, 'tessera-direct')
  const sizes = ['-writers', String(writers), '-leaf-bytes', String(file.statementBytes)]
  const args = ['-folder', folder, '-seconds', String(seconds), ...sizes, ...batching]
  await settleDisk(context.folder, seconds)
  const { stdout } = await execute(log, args)
  if (!context.options.keeps) rmSync(folder, { recursive: true, force: true })
  const { leavesPerSecond }: { readonly leavesPerSecond: number } = JSON.parse(stdout)
  return { 'leaves/s in process, without HTTP': rounded(leavesPerSecond) }
}
