import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { benchError } from '../errors.ts'
import { rememberChild } from './children.ts'
import { freePort } from './free-port.ts'

/** A network under measurement: a process of its own, with the settings that users get. */
export interface Server {
  readonly home: string
  readonly gateway: string
  readonly port: number
  readonly pid: number
  /** Seconds from the start of the process until /readyz said yes. */
  readonly startSeconds: number
  /** Figures of /metrics by name; those with labels are left out. */
  metrics(): Promise<ReadonlyMap<string, number>>
  stop(): Promise<void>
}

/** A start that recovers 5 million entries takes some seconds; one that hangs takes for ever. */
const readyTimeoutMs = 60_000

/**
 * Starts `bsn up`, on a free port where none is given, and waits until it is ready.
 * @throws BENCH_PROCESS_FAILED
 */
export async function startServer(
  bsn: string,
  home: string,
  options: readonly string[] = [],
  givenPort?: number,
): Promise<Server> {
  const port = givenPort ?? (await freePort())
  const gateway = `http://127.0.0.1:${port}`
  const logFile = join(home, '..', `${port}.log`)
  const log = openSync(logFile, 'a')
  const started = performance.now()
  const child = spawn(bsn, ['up', '--home', home, '--port', String(port), ...options], {
    stdio: ['ignore', log, log],
  })
  rememberChild(child)
  closeSync(log)
  const ended = endOf(child)
  const pid = child.pid
  const words = () => readFileSync(logFile, 'utf8').slice(-2000)
  if (pid === undefined) throw benchError('BENCH_PROCESS_FAILED', `${bsn} cannot be started.`)
  // The profile names the sandbox a moment after the first answer.
  const isNamed = () => readFileSync(logFile, 'utf8').includes('node.started')
  if (!(await becomesReady(gateway, child, isNamed))) {
    child.kill('SIGKILL')
    throw benchError('BENCH_PROCESS_FAILED', `${bsn} up did not become ready: ${words()}`)
  }
  const startSeconds = (performance.now() - started) / 1000
  return {
    ...{ home, gateway, port, pid, startSeconds },
    metrics: async () => parseMetrics(await (await fetch(`${gateway}/metrics`)).text()),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      const code = await ended
      if (code !== 0) {
        throw benchError('BENCH_PROCESS_FAILED', `The server ended with ${code}: ${words()}`)
      }
    },
  }
}

function endOf(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'no code'))
  })
}

async function becomesReady(
  gateway: string,
  child: ChildProcess,
  isNamed: () => boolean,
): Promise<boolean> {
  const deadline = performance.now() + readyTimeoutMs
  while (performance.now() < deadline && child.exitCode === null && child.signalCode === null) {
    const answer = await fetch(`${gateway}/readyz`).catch(() => undefined)
    if (answer?.ok && isNamed()) return true
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return false
}

function parseMetrics(text: string): ReadonlyMap<string, number> {
  const pairs = text.matchAll(/^([a-z_]+) (\S+)$/gm)
  return new Map([...pairs].map(([, name = '', value]) => [name, Number(value)]))
}
