import type { Readable } from 'node:stream'
import type { Clock } from '../kernel/clock.ts'
import type { Arguments } from './arguments.ts'
import type { CommandTable } from './command-table.ts'
import type { JsonSchema } from './json-schema.ts'
import type { Output, Sink } from './output.ts'
import type { Setting, SettingFiles } from './settings/settings.ts'

/** One option as help, parser and the reference page see it. Names are written without `--`. */
export type OptionSpec = {
  readonly type: 'string' | 'boolean'
  readonly summary: string
  /** What stands for the value in help: FILE, NAME, N. */
  readonly value?: string
  readonly required?: boolean
  /** May be given more than once. */
  readonly many?: boolean
  /** Environment variable that counts where the flag is absent. */
  readonly env?: string
  /** Counts where flag and variable are absent. Only shown where the command works it out. */
  readonly default?: string
}

export type OperandSpec = {
  readonly name: string
  readonly summary: string
  readonly required: boolean
  readonly many?: boolean
}

/** What a command gets from outside: nothing below reads environment, clock or signals itself. */
export type Cli = {
  readonly out: Output
  /** With what files of settings say. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly settings: readonly Setting[]
  readonly settingFiles: SettingFiles
  stdin(): Readable
  /** Where a server's log goes. */
  readonly log: Sink
  readonly clock: Clock
  /** Every command, for those that print about them. */
  readonly commands: CommandTable
  /**
   * From the first call on, Ctrl-C and SIGTERM abort this signal instead of ending the process, so
   * that the command can finish what it began. A second Ctrl-C still ends it.
   */
  interrupted(): AbortSignal
  /** From the call on, SIGHUP calls this instead of ending the process. */
  onHangup(listener: () => void): void
}

/** One file in commands/. Its name and summary are in `commandTable`, so that help is cheap. */
export type Command = {
  /** What the summary leaves out; printed after it in help. */
  readonly description?: string
  readonly examples: readonly string[]
  readonly operands?: readonly OperandSpec[]
  readonly options?: Readonly<Record<string, OptionSpec>>
  /** Form of the one document that `--json` prints. */
  readonly output: JsonSchema
  /** Returns the exit code where it is not 0. */
  run(args: Arguments, cli: Cli): Promise<number | undefined>
}

/** Options that every command takes. */
export const globalOptions = {
  json: { type: 'boolean', summary: 'Print one JSON document; errors are JSON on stderr.' },
  quiet: { type: 'boolean', summary: 'Print no progress and no notes.' },
  verbose: { type: 'boolean', summary: 'Say more on stderr.' },
  'no-color': { type: 'boolean', summary: 'No colours (also NO_COLOR, TERM=dumb).' },
  help: { type: 'boolean', summary: 'Show this help (-h).' },
} as const satisfies Record<string, OptionSpec>
