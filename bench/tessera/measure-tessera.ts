import { execFile, spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { runLoad } from '../load/run-load.ts'
import { rememberChild } from '../network/children.ts'
import { freePort } from '../network/free-port.ts'
import { type BenchContext, lengthsOf } from '../records/context.ts'
import { type Conditions, resultOf, rounded } from '../report.ts'
import type { StatementFile } from '../statements/statement-file.ts'

/** Writers, or connections, that each have one leaf under way: as in records.single256. */
const writers = 256

/** As Tessera's own conformance server has it; a batch is a full bundle and needs no rewriting. */
const batching = ['-batch-size', '256', '-batch-age', '10ms']

const version = 'github.com/transparency-dev/tessera v1.0.4'

const execute = promisify(execFile)

/**
 * peer.tessera: the statements of `file` as leaves, which Tessera neither parses nor verifies. The
 * figure is over HTTP, from the same load generator as ours, one leaf per request.
 */
export async function measureTessera(context: BenchContext, file: StatementFile): Promise<void> {
  context.say('Tessera: building it')
  const program = await build().catch((error: NodeJS.ErrnoException) => error)
  if (program instanceof Error) {
    const why = program.code === 'ENOENT' ? 'Go is not installed' : program.message.trim()
    context.miss('peer.tessera', why)
    return
  }
  const { peer: seconds } = lengthsOf(context.options)
  context.say('Tessera: one leaf per request over HTTP, then writers in its own process')
  const result = await measureServer(context, program, file)
  const direct = await measureDirect(context, program, { file, seconds })
  context.add(
    resultOf('peer.tessera', result.rate, {
      module: version,
      'leaf bytes': file.statementBytes,
      'over HTTP, connections': writers,
      'leaves per request': 1,
      seconds: rounded(result.measuredSeconds),
      'p50 ms': rounded(result.latency.p50),
      'p99 ms': rounded(result.latency.p99),
      'p99.9 ms': rounded(result.latency.p999),
      ...direct,
      settings: batching.join(' '),
      durability: 'files and folders synced before a leaf is acknowledged',
      signatures: 'none verified',
      antispam: 'off',
    }),
  )
}

/** The program in a cache of this clone; Go itself sees whether it has to be made again. */
async function build(): Promise<string> {
  const cache = join(import.meta.dirname, '../../node_modules/.cache/openbsn')
  mkdirSync(cache, { recursive: true })
  const program = join(cache, 'tessera-bench')
  await execute('go', ['build', '-o', program, '.'], { cwd: import.meta.dirname })
  return program
}

async function measureServer(context: BenchContext, program: string, file: StatementFile) {
  const folder = join(context.folder, 'tessera-http')
  const port = await freePort()
  const args = ['-folder', folder, '-listen', `127.0.0.1:${port}`, ...batching]
  const child = spawn(program, args, { stdio: 'ignore' })
  rememberChild(child)
  const ended = new Promise((resolve) => child.once('exit', resolve))
  try {
    while (!(await listens(port)) && child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const { warmup: warmupSeconds, peer: seconds } = lengthsOf(context.options)
    const load = { file, connections: writers, perRequest: 1, warmupSeconds, seconds }
    const target = { port, pid: child.pid ?? 0 }
    return await runLoad(target, { ...load, path: '/add', successStatus: 200 })
  } finally {
    child.kill('SIGKILL')
    await ended
    if (!context.options.keeps) rmSync(folder, { recursive: true, force: true })
  }
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
  program: string,
  { file, seconds }: { readonly file: StatementFile; readonly seconds: number },
): Promise<Conditions> {
  const folder = join(context.folder, 'tessera-direct')
  const sizes = ['-writers', String(writers), '-leaf-bytes', String(file.statementBytes)]
  const args = ['-folder', folder, '-seconds', String(seconds), ...sizes, ...batching]
  const { stdout } = await execute(program, args)
  if (!context.options.keeps) rmSync(folder, { recursive: true, force: true })
  const { leavesPerSecond }: { readonly leavesPerSecond: number } = JSON.parse(stdout)
  return { 'leaves/s in process, without HTTP': rounded(leavesPerSecond) }
}
