import type { Command, OptionSpec } from '../command.ts'
import { globalOptions } from '../command.ts'
import type { CommandTable } from '../command-table.ts'

/** What can stand in a place: ids and names, files, or a text that nobody can guess. */
export type ValueKind = 'services' | 'credentials' | 'nodes' | 'engines' | 'file' | 'text'

/** A command as a shell completes it. */
export type CompletedCommand = {
  readonly name: string
  readonly summary: string
  readonly options: readonly {
    readonly name: string
    readonly summary: string
    /** Undefined for flags, which take no value. */
    readonly kind: ValueKind | undefined
  }[]
  readonly operands: readonly ValueKind[]
}

const files: readonly string[] = ['FILE', 'DIR', 'OUT', 'INPUT']
const listed: Readonly<Record<string, ValueKind>> = { service: 'services', node: 'nodes' }
const owners: Readonly<Record<string, ValueKind>> = {
  ...listed,
  credential: 'credentials',
  participant: 'services',
  engine: 'engines',
}
/** These make something new: no id that there is fits. */
const making: readonly string[] = ['service create', 'node register']

/** Every command of the table, loaded. */
export async function completedCommands(table: CommandTable): Promise<CompletedCommand[]> {
  const commands: CompletedCommand[] = []
  for (const [name, { summary, load }] of Object.entries(table)) {
    const { operands = [], options = {} } = (await load()).command
    const all: Readonly<Record<string, OptionSpec>> = { ...options, ...globalOptions }
    commands.push({
      name,
      summary,
      options: Object.entries(all).map(([option, spec]) => ({
        name: option,
        summary: spec.summary,
        kind: spec.type === 'boolean' ? undefined : optionKind(option, spec),
      })),
      operands: operands.map((one, place) => operandKind(name, one, place)),
    })
  }
  return commands
}

function optionKind(name: string, { value = '' }: OptionSpec): ValueKind {
  if (files.includes(value)) return 'file'
  return Object.hasOwn(listed, name) ? (listed[name] ?? 'text') : 'text'
}

type Operand = NonNullable<Command['operands']>[number]

function operandKind(command: string, { name }: Operand, place: number): ValueKind {
  const [group = '', verb] = command.split(' ')
  if (files.includes(name)) return 'file'
  if (place > 0 || verb === undefined || making.includes(command)) return 'text'
  return Object.hasOwn(owners, group) ? (owners[group] ?? 'text') : 'text'
}

/** Words that may come first, and those that may follow each of them. */
export function wordsOf(commands: readonly CompletedCommand[]): ReadonlyMap<string, string[]> {
  const words = new Map<string, string[]>([['', ['help']]])
  for (const { name } of commands) {
    const [first = '', second] = name.split(' ')
    const firsts = words.get('') ?? []
    if (!firsts.includes(first)) firsts.push(first)
    if (second !== undefined) words.set(first, [...(words.get(first) ?? []), second])
  }
  return words
}
