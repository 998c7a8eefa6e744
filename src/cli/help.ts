import { type Command, globalOptions, type OptionSpec } from './command.ts'
import { commandsIn, commandTable } from './command-table.ts'

const docsLine = 'Docs: docs/reference/cli.md (how to start: README.md)'

/** What `bsn` alone prints. */
export function shortHelp(): string {
  const examples = [
    'bsn up                                                  # start a network here',
    'bsn service create flights --framework records',
    'bsn credential create --service flights --label laptop --out flights.credential',
    'bsn record put --service flights --credential flights.credential rows.json',
  ]
  const rows = Object.entries(commandTable).map(([name, { summary }]) => [name, summary] as const)
  return [
    'bsn: run, use and verify a Blockchain-based Service Network.',
    section('Examples', examples),
    section('Commands', columns(rows)),
    section('Options', columns([...optionRows(globalOptions), ['--version', 'Show the version.']])),
    'Help on one command: bsn help COMMAND',
    docsLine,
  ].join('\n\n')
}

/** What a group such as `bsn record` prints. */
export function groupHelp(group: string): string {
  const rows = commandsIn(group).map((name) => [name, commandTable[name]?.summary ?? ''] as const)
  return [section('Commands', columns(rows)), `Help on one: bsn help ${group} …`, docsLine].join(
    '\n\n',
  )
}

/** Examples come first: most readers need nothing else. */
export function commandHelp(name: string, command: Command): string {
  const summary = commandTable[name]?.summary ?? ''
  const { examples, operands = [], options = {}, description } = command
  return [
    `${summary}.${description ? ` ${description}` : ''}`,
    section('Examples', examples),
    section('Usage', [usageLine(name, command)]),
    ...(operands.length === 0
      ? []
      : [section('Arguments', columns(operands.map((one) => [one.name, one.summary])))]),
    section('Options', columns([...optionRows(options), ...optionRows(globalOptions)])),
    docsLine,
  ].join('\n\n')
}

export function usageLine(name: string, { operands = [], options = {} }: Command): string {
  const needed = Object.entries(options)
    .filter(([, { required }]) => required)
    .map(([option, { value = 'VALUE' }]) => `--${option} ${value}`)
  const names = operands.map((one) => {
    const many = one.many ? `${one.name}…` : one.name
    return one.required ? many : `[${many}]`
  })
  return ['bsn', name, ...needed, '[options]', ...names].join(' ')
}

export function optionRows(options: Readonly<Record<string, OptionSpec>>): [string, string][] {
  return Object.entries(options).map(([name, spec]) => {
    const left = spec.type === 'string' ? `--${name} ${spec.value ?? 'VALUE'}` : `--${name}`
    const notes = [
      spec.required ? 'needed' : '',
      spec.many ? 'may be repeated' : '',
      spec.env ? `or ${spec.env}` : '',
      spec.default ? `default ${spec.default}` : '',
    ].filter((note) => note !== '')
    return [left, notes.length === 0 ? spec.summary : `${spec.summary} (${notes.join(', ')})`]
  })
}

function section(title: string, lines: readonly string[]): string {
  return [`${title}:`, ...lines.map((line) => `  ${line}`)].join('\n')
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`)
}
