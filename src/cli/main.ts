import { systemClock } from '../kernel/clock.ts'
import { exitCode } from './failure.ts'
import { runCli } from './run-cli.ts'

/** 128 and the signal's number, as shells have it. */
const terminated = 143

let interruption: AbortController | undefined

function onSignal(signal: 'SIGINT' | 'SIGTERM'): void {
  if (interruption && !interruption.signal.aborted) interruption.abort(signal)
  else process.exit(signal === 'SIGINT' ? exitCode.interrupted : terminated)
}
process.on('SIGINT', () => onSignal('SIGINT'))
process.on('SIGTERM', () => onSignal('SIGTERM'))

// The reader of a pipe may leave early, as `head` does: that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCode.ok)
  throw error
})

const code = await runCli({
  argv: process.argv.slice(2),
  env: process.env,
  folder: process.cwd(),
  stdin: () => process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  clock: systemClock,
  interrupted: () => {
    interruption ??= new AbortController()
    return interruption.signal
  },
  onHangup: (listener) => void process.on('SIGHUP', listener),
})

/** What a command left open, such as the store of a node that failed, does not hold the process. */
const flushed = [process.stdout, process.stderr].map(
  (stream) => new Promise((resolve) => stream.write('', resolve)),
)
await Promise.all(flushed)
process.exit(code)
