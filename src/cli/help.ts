import { type Command, globalOptions } from './command.ts'
import { commandsIn, commandTable } from './command-table.ts'
import { optionRows, usageLine } from './usage.ts'

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
    wrapped(`${summary}.${description ? ` ${description}` : ''}`),
    section('Examples', examples),
    section('Usage', [usageLine(name, command)]),
    ...(operands.length === 0
      ? []
      : [section('Arguments', columns(operands.map((one) => [one.name, one.summary])))]),
    section('Options', columns([...optionRows(options), ...optionRows(globalOptions)])),
    docsLine,
  ].join('\n\n')
}

function section(title: string, lines: readonly string[]): string {
  return [`${title}:`, ...lines.map((line) => `  ${line}`)].join('\n')
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`)
}

const columnsMax = 90

function wrapped(text: string): string {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    if (line === '') lines[lines.length - 1] = word
    else if (line.length + word.length < columnsMax) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines.join('\n')
}
