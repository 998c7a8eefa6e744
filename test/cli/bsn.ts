import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { noSettings } from '../../src/testing/no-settings.ts'
import { requireForm } from './forms.ts'

/** The launcher, as a user of a clone calls it. */
export const program = join(import.meta.dirname, '../../bin/bsn')

export type Ended = {
  readonly code: number | null
  /** What ended it where that was no code. */
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A started `bsn`. `ended` resolves with whatever exit code it has. */
export type Running = {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves with what matches in the output so far, when something does. */
  until(pattern: RegExp): Promise<string>
}

export type StartOptions = {
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  /** What it runs under, such as `nsenter` and its arguments. */
  readonly under?: readonly string[]
  /** Another one than this clone's. */
  readonly program?: string
}

/** Starts `bsn` with these arguments and with nothing of the tester's own settings. */
export function startBsn(argv: readonly string[], options: StartOptions = {}): Running {
  const { env = {}, stdin, under = [] } = options
  const { PATH, HOME } = process.env
  const kept = { PATH, HOME, XDG_CONFIG_HOME: noSettings }
  const [file = '', ...args] = [...under, options.program ?? program, ...argv]
  const child = spawn(file, args, { env: { ...kept, ...env }, stdio: 'pipe' })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  }
  child.stdin.on('error', () => undefined).end(stdin ?? '')
  const ended = once(child, 'close').then(async ([code, signal]) => {
    const isAnswer = code === 0 && argv.includes('--json') && options.program === undefined
    if (isAnswer) await requireForm(argv, output.stdout)
    return { code, signal, ...output }
  })
  const until = async (pattern: RegExp) => {
    while (!pattern.test(output.stdout + output.stderr)) {
      const next = [once(child.stdout, 'data'), once(child.stderr, 'data'), ended]
      await Promise.race(next)
      const end = child.exitCode ?? child.signalCode
      if (end !== null && !pattern.test(output.stdout + output.stderr)) {
        assert.fail(`ended with ${end} before ${pattern}: ${JSON.stringify(output)}`)
      }
    }
    return pattern.exec(output.stdout + output.stderr)?.[0] ?? ''
  }
  return { child, ended, until }
}

/** Runs `bsn` to its end. */
export function bsn(argv: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return startBsn(argv, options).ended
}

/** Stops a node as Ctrl-C does it; what it said of another end is in the failure. */
export async function stopInOrder({ child, ended }: Running): Promise<void> {
  child.kill('SIGTERM')
  const { code, signal, stderr } = await ended
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, stderr)
}

/** A folder that goes away after the test. */
export function scratchFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'bsn-black-box-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A network of its own on a free port; it is stopped after the test. */
export async function startNetwork(
  t: TestContext,
  home = join(scratchFolder(t), 'home'),
  options: readonly string[] = [],
  more: Readonly<Record<string, string>> = {},
) {
  const argv = ['up', '--home', home, '--port', '0', '--json', '--quiet', ...options]
  const up = startBsn(argv, { env: more })
  t.after(async () => {
    up.child.kill('SIGKILL')
    await up.ended
  })
  const { address, setup } = JSON.parse(await up.until(/^\{.*\}\n/))
  const env = { BSN_HOME: home }
  const run = (...argv: readonly string[]) => bsn(argv, { env })
  // The link of the first account, as it is printed.
  return { up, home, env, run, address: String(address), setup: String(setup) }
}

/** The service `flights` and a credential for it. */
export async function addCredential(
  { run }: Pick<Awaited<ReturnType<typeof startNetwork>>, 'run'>,
  file: string,
  options: readonly string[] = [],
): Promise<void> {
  const service = await run('service', 'create', 'flights', '--framework', 'records')
  assert.equal(service.code, 0, service.stderr)
  const argv = ['--service', 'flights', '--label', 'test', '--out', file, ...options]
  const credential = await run('credential', 'create', ...argv)
  assert.equal(credential.code, 0, credential.stderr)
}

/** A network for several tests of one file, with a folder for its files; ends with `close`. */
export async function bsnHome(
  options: readonly string[] = [],
  more: Readonly<Record<string, string>> = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'bsn-black-box-'))
  const home = join(folder, 'home')
  const argv = ['up', '--home', home, '--port', '0', '--json', '--quiet', ...options]
  const up = startBsn(argv, { env: more })
  const { address } = JSON.parse(await up.until(/^\{.*\}\n/))
  const env = { BSN_HOME: home }
  return {
    address: String(address),
    env,
    file: (name: string) => join(folder, name),
    run: (...argv: readonly string[]) => bsn(argv, { env }),
    /** When it has ended, whyever. */
    ended: up.ended,
    /** As Ctrl-C does it. */
    stop: () => {
      up.child.kill('SIGTERM')
      return up.ended
    },
    close: async () => {
      up.child.kill('SIGKILL')
      await up.ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
