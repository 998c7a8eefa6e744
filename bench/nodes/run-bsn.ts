import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { benchError } from '../errors.ts'
import { rememberChild } from '../network/children.ts'

/** What a command of `bsn` says as JSON, at its end. @throws BENCH_PROCESS_FAILED */
export async function runBsn(bsn: string, argv: readonly string[]): Promise<unknown> {
  const child = spawn(bsn, [...argv, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] })
  rememberChild(child)
  const code = new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (exitCode, signal) => resolve(exitCode ?? signal ?? 'no code'))
  })
  const [ended, said, words] = await Promise.all([code, text(child.stdout), text(child.stderr)])
  if (ended === 0) return JSON.parse(said || '{}')
  const message = `bsn ${argv.join(' ')} ended with ${ended}: ${said}${words}`
  throw benchError('BENCH_PROCESS_FAILED', message.slice(0, 2000))
}
