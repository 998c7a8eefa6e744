import { type Command, globalOptions, type OptionSpec } from '../command.ts'
import type { CommandTable } from '../command-table.ts'
import { settingRules, variableOf } from '../settings/settings.ts'
import { optionRows, usageLine } from '../usage.ts'
import { exitCodes } from './exit-codes.ts'

const description = [
  'Runs a network, registers in it, and verifies what it registered, with or without it. Data ' +
    'goes to standard output, everything else to standard error.',
  'Options count before variables of the environment, those before settings in files, and those ' +
    'before defaults.',
]

const files: readonly (readonly [string, string])[] = [
  ['~/.openbsn', 'The data folder, where neither --home nor a setting names another.'],
  ['bsn.json', 'Settings of a project: the nearest from the working folder up.'],
  ['$XDG_CONFIG_HOME/bsn/config.json', "The user's settings; ~/.config where that is not said."],
]

/** docs/reference/bsn.1, in the macros of man(7). */
export async function printManPage(version: string, commands: CommandTable): Promise<string> {
  const sections: string[] = []
  for (const [name, { summary, load }] of Object.entries(commands)) {
    sections.push(commandSection(name, summary, (await load()).command))
  }
  const variables = Object.keys(settingRules).map(
    (name) => [variableOf(name), `Counts where --${name} is not said.`] as const,
  )
  const parts = [
    `.TH BSN 1 "" "OpenBSN ${version}" "OpenBSN"`,
    '.SH NAME\nbsn \\- run, use and verify a Blockchain\\-based Service Network',
    '.SH SYNOPSIS\n.B bsn\n.I COMMAND\n[options]',
    `.SH DESCRIPTION\n${description.map(paragraph).join('\n.PP\n')}`,
    `.SH OPTIONS OF EVERY COMMAND\n${optionList(globalOptions)}`,
    `.SH COMMANDS\n${sections.join('\n')}`,
    `.SH EXIT STATUS\n${items(exitCodes.map(([code, meaning]) => [String(code), meaning]))}`,
    `.SH ENVIRONMENT\n${items(variables)}`,
    `.SH FILES\n${items(files)}`,
  ]
  return `${parts.join('\n')}\n`
}

function commandSection(name: string, summary: string, command: Command): string {
  const { description: more, examples, operands = [], options = {} } = command
  return [
    `.SS bsn ${escaped(name)}`,
    paragraph(`${summary}.${more ? ` ${more}` : ''}`),
    `.PP\n.nf\n.RS\n${examples.map((one) => line(one)).join('\n')}\n.RE\n.fi`,
    `.PP\n.B ${escaped(usageLine(name, command))}`,
    items(operands.map((one) => [one.name, one.summary])),
    optionList(options),
  ]
    .filter((part) => part !== '')
    .join('\n')
}

const optionList = (options: Readonly<Record<string, OptionSpec>>) => items(optionRows(options))

function items(rows: readonly (readonly [string, string])[]): string {
  return rows.map(([name, text]) => `.TP\n.B ${escaped(name)}\n${paragraph(text)}`).join('\n')
}

/** In description texts, code stands between backticks, as in the pages of Markdown. */
function paragraph(text: string): string {
  return line(text.replace(/`([^`]*)`/g, '\\fB$1\\fR'), { isMarked: true })
}

/** One that begins with a dot or a quote would be a macro. */
function line(text: string, { isMarked = false } = {}): string {
  const done = isMarked ? plain(text) : escaped(text)
  return /^[.']/.test(done) ? `\\&${done}` : done
}

const escaped = (text: string) => plain(text.replaceAll('\\', '\\e'))

/** In ASCII, which every formatter reads without being told the encoding. */
function plain(text: string): string {
  return text
    .replaceAll('-', '\\-')
    .replaceAll('…', '...')
    .replace(/[^ -~]/g, (one) => {
      const code = one.charCodeAt(0).toString(16).toUpperCase()
      return `\\[u${code.padStart(4, '0')}]`
    })
}
