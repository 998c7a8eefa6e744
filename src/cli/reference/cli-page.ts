import type { Command, OptionSpec } from '../command.ts'
import { globalOptions } from '../command.ts'
import type { CommandTable } from '../command-table.ts'
import type { JsonSchema } from '../json-schema.ts'
import { optionRows, usageLine } from '../usage.ts'
import { exitCodes } from './exit-codes.ts'

const intro = `# The command line

\`bsn\` in a clone is \`bin/bsn\`. Data goes to standard output, everything else to standard error.
\`--help\` after any command has examples first; \`--json\` prints one document of the form given
here, and errors as problem details (RFC 9457), a line each, on standard error. Flags count before
environment variables, those before files of settings (\`bsn config list\`), and those before
defaults.

| exit code | meaning |
| --- | --- |
${exitCodes.map(([code, meaning]) => `| ${code} | ${meaning} |\n`).join('')}
This page is printed from the code by \`bsn docs\`; change it there.
`

/** docs/reference/cli.md. */
export async function printCliPage(commands: CommandTable): Promise<string> {
  const sections: string[] = []
  for (const [name, { summary, load }] of Object.entries(commands)) {
    sections.push(printCommand(name, summary, (await load()).command))
  }
  const common = `## Options of every command\n\n${printOptions(globalOptions)}`
  return [intro, common, ...sections].join('\n')
}

function printCommand(name: string, summary: string, command: Command): string {
  const { description, examples, operands = [], options = {}, output } = command
  const parts = [
    `## bsn ${name}`,
    `${summary}.${description ? ` ${description}` : ''}`,
    fenced('sh', examples.join('\n')),
    fenced('', usageLine(name, command)),
    operands
      .map((one) => `- \`${one.name}\`: ${one.summary}\n`)
      .join('')
      .trimEnd(),
    printOptions(options).trimEnd(),
    `With \`--json\`: ${printSchema(output)}.`,
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function printOptions(options: Readonly<Record<string, OptionSpec>>): string {
  const rows = optionRows(options).map(([left, right]) => `| \`${left}\` | ${right} |\n`)
  return rows.length === 0 ? '' : `| option | what it does |\n| --- | --- |\n${rows.join('')}`
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``
}

/** The document's members in one line; `?` marks those that may be absent. */
function printSchema(schema: JsonSchema): string {
  const choices = schema.oneOf
  if (Array.isArray(choices)) return choices.map(printSchema).join(', or ')
  const { properties, required } = schema
  const names = Object.keys(Object(properties)).map((name) =>
    Array.isArray(required) && required.includes(name) ? name : `${name}?`,
  )
  return `\`{${names.join(', ')}}\``
}
