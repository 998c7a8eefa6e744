import type { Readable } from 'node:stream'
import type { Clock } from '../kernel/clock.ts'
import { parseArguments } from './arguments.ts'
import { commandTable } from './command-table.ts'
import { exitCode, failureOf } from './failure.ts'
import { findCommand } from './find-command.ts'
import { commandHelp, groupHelp, shortHelp } from './help.ts'
import { createOutput, type Output, type Sink } from './output.ts'
import { programVersion } from './version.ts'

/** The process, as the command line sees it. */
export type Surroundings = {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where the user stands. */
  readonly folder: string
  stdin(): Readable
  readonly stdout: Sink
  readonly stderr: Sink
  readonly clock: Clock
  interrupted(): AbortSignal
  onHangup(listener: () => void): void
}

/** Runs one command line and returns the code that the process shall end with. Throws nothing. */
export async function runCli(around: Surroundings): Promise<number> {
  const out = outputFor(around)
  try {
    return await dispatch(around, out)
  } catch (error) {
    const { errorRow } = await import('./catalogue.ts')
    const failure = failureOf(error, errorRow)
    out.failure(failure)
    if (error instanceof Error) out.detail(error.stack ?? '')
    return failure.exit
  }
}

/** Made before the arguments are parsed, so that a usage error too has the form asked for. */
function outputFor({ argv, env, stdout, stderr }: Surroundings): Output {
  const words = beforeOperands(argv)
  const has = (...names: string[]) => names.some((name) => words.includes(name))
  const wantsColor = stderr.isTTY === true || Boolean(env.FORCE_COLOR)
  const refusesColor = Boolean(env.NO_COLOR) || env.TERM === 'dumb' || has('--no-color')
  const options = {
    json: has('--json'),
    quiet: has('--quiet', '-q'),
    verbose: has('--verbose', '-v'),
    color: wantsColor && !refusesColor,
  }
  return createOutput(options, stdout, stderr)
}

/** The words among which options are. */
function beforeOperands(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--')
  return end === -1 ? argv : argv.slice(0, end)
}

async function dispatch(around: Surroundings, out: Output): Promise<number> {
  const found = findCommand(around.argv)
  switch (found.kind) {
    case 'failure':
      out.failure(found.failure)
      return found.failure.exit
    case 'version':
      return printVersion(out)
    case 'help':
      return print(out, shortHelp())
    case 'group':
      return print(out, groupHelp(found.group))
    case 'command':
      return runCommand(found, around, out)
  }
}

async function runCommand(
  { name, argv }: { readonly name: string; readonly argv: readonly string[] },
  around: Surroundings,
  out: Output,
): Promise<number> {
  const command = (await commandTable[name]?.load())?.command
  if (!command) return print(out, shortHelp())
  const { readSettings, settingFiles, withSettings } = await import('./settings/settings.ts')
  const files = settingFiles(around.env, around.folder)
  const isHelp = beforeOperands(argv).some((word) => word === '--help' || word === '-h')
  // Help is there when a file of settings is wrong, too.
  const settings = isHelp ? [] : readSettings(around.env, files)
  const env = withSettings(around.env, settings)
  const parsed = parseArguments(argv, command, env)
  if ('failure' in parsed) {
    out.failure(parsed.failure)
    return parsed.failure.exit
  }
  if (parsed.arguments.has('help')) return print(out, commandHelp(name, command))
  const { stdin, stderr: log, clock, interrupted, onHangup } = around
  const more = { settings, settingFiles: files, commands: commandTable }
  const cli = { out, env, stdin, log, clock, interrupted, onHangup, ...more }
  return (await command.run(parsed.arguments, cli)) ?? exitCode.ok
}

function print(out: Output, help: string): number {
  out.answer({ help }, help)
  return exitCode.ok
}

function printVersion(out: Output): number {
  const version = programVersion()
  const { node } = process.versions
  const platform = `${process.platform}-${process.arch}`
  out.answer({ name: 'bsn', version, node, platform }, `bsn ${version} (Node ${node}, ${platform})`)
  return exitCode.ok
}
