import { nearest } from '../kernel/nearest.ts'
import { globalOptions } from './command.ts'
import { commandsIn, commandTable } from './command-table.ts'
import { cliFailure, type Failure } from './failure.ts'

/** What a command line asks for, before any command is loaded. */
export type Found =
  | { readonly kind: 'version' | 'help' }
  | { readonly kind: 'group'; readonly group: string }
  | { readonly kind: 'command'; readonly name: string; readonly argv: readonly string[] }
  | { readonly kind: 'failure'; readonly failure: Failure }

const shortFlags: readonly string[] = ['-h', '-q', '-v', '--version']
const globalFlags = [...Object.keys(globalOptions).map((name) => `--${name}`), ...shortFlags]

/** Finds the command in `argv`. Flags that every command takes may stand before it. */
export function findCommand(argv: readonly string[]): Found {
  const start = argv.findIndex((word) => !word.startsWith('-'))
  const flags = start === -1 ? argv : argv.slice(0, start)
  const words = start === -1 ? [] : argv.slice(start)
  if (flags.includes('--version')) return { kind: 'version' }
  const stray = flags.find((word) => !globalFlags.includes(word))
  if (stray !== undefined) return { kind: 'failure', failure: strayOption(stray) }
  if (words[0] === 'help') return findCommand([...flags, '--help', ...words.slice(1)])
  return findByWords(words, flags)
}

function strayOption(word: string): Failure {
  const guess = nearest(word, globalFlags)
  const hint = guess ? `Did you mean ${guess}?` : 'Options come after the command.'
  return cliFailure('CLI_OPTION_UNKNOWN', `There is no option ${word} before a command. ${hint}`)
}

function findByWords(words: readonly string[], flags: readonly string[]): Found {
  const [first, second] = words
  if (first === undefined) return { kind: 'help' }
  for (const count of [2, 1]) {
    const name = words.slice(0, count).join(' ')
    if (!Object.hasOwn(commandTable, name)) continue
    return { kind: 'command', name, argv: [...flags, ...words.slice(count)] }
  }
  const isGroup = commandsIn(first).length > 0
  if (isGroup && (second === undefined || second.startsWith('-')))
    return { kind: 'group', group: first }
  return { kind: 'failure', failure: unknownCommand(isGroup ? `${first} ${second}` : first, words) }
}

function unknownCommand(typed: string, words: readonly string[]): Failure {
  const names = Object.keys(commandTable)
  const two = words.slice(0, 2).join(' ')
  const guess = nearest(two, names) ?? nearest(typed, [...names, ...groups(names)])
  const hint = guess === undefined ? '' : ` Did you mean "bsn ${guess}"?`
  return cliFailure('CLI_COMMAND_UNKNOWN', `There is no command "bsn ${typed}".${hint}`)
}

function groups(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => name.split(' ')[0] ?? name)), 'help']
}
