import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rememberChild } from './children.ts'

/**
 * How often a process asks the kernel to sync a file while `work` goes on, by strace. Undefined
 * where there is no strace or it may not look; `work` is not done then.
 */
export async function countSyncs(
  pid: number,
  work: () => Promise<unknown>,
): Promise<number | undefined> {
  const file = join(tmpdir(), `openbsn-bench-${process.pid}.strace`)
  const args = ['-f', '-e', 'trace=fsync,fdatasync', '-o', file, '-p', String(pid)]
  const tracer = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  rememberChild(tracer)
  const ended = new Promise<false>((resolve) => {
    tracer.once('error', () => resolve(false))
    tracer.once('exit', () => resolve(false))
  })
  const attached = new Promise<true>((resolve) => {
    tracer.stderr.on('data', (words) => {
      if (String(words).includes(' attached')) resolve(true)
    })
  })
  if (!(await Promise.race([attached, ended]))) return undefined
  try {
    await work()
    tracer.kill('SIGINT') // It lets go of the process and ends.
    await ended
    return readFileSync(file, 'utf8').match(/\bf(data)?sync\(/g)?.length ?? 0
  } finally {
    rmSync(file, { force: true })
  }
}
