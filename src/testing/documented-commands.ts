import { parseArguments } from '../cli/arguments.ts'
import { commandTable } from '../cli/command-table.ts'
import { findCommand } from '../cli/find-command.ts'
import { proposable } from '../cli/proposed-acts.ts'
import type { TextFile } from './import-graph.ts'

/** A command line of a page; `isWhole` where it can be typed as it stands. */
export type DocumentedCommand = {
  readonly line: string
  readonly words: readonly string[]
  readonly isWhole: boolean
}

/** Fenced blocks, and what is within one line between backquotes or after four spaces. */
const code = /^```[^\n]*\n([\s\S]*?)^```|`([^`\n]+)`|^ {4}(\S.*)$/gm
/** `bsn` where a command begins: first in the line, behind a prompt, or in `$( … )`. */
const start = /(?:^|[$(|] ?)(?:bin\/)?bsn (?=[a-z-])/

/** Every command line of `bsn` that a page shows, in blocks or in running text. */
export function documentedCommands(page: string): DocumentedCommand[] {
  return [...page.matchAll(code)].flatMap(([, fenced, inline, indented]) => {
    const lines = (fenced ?? inline ?? indented ?? '').replaceAll('\\\n', ' ').split('\n')
    return lines.flatMap((line) => {
      const found = start.exec(line)
      if (!found) return []
      const words = wordsOf(line.slice(found.index + found[0].length))
      const isWhole = inline === undefined && !words.some((word) => word.includes('…'))
      return [{ line, words: words.filter((word) => !isForm(word)), isWhole }]
    })
  })
}

/** Of a page that shows what a line is made of: `[options]`, or `…` for the rest. */
const isForm = (word: string) => word === '…' || /^\[.*\]$/.test(word)

/** As a shell splits them, up to whatever ends the command. */
function wordsOf(text: string): string[] {
  const words: string[] = []
  for (const [token, quoted] of text.matchAll(
    /\s*(?:2?[|<>;)&]|#.*|"([^"]*)"|'[^']*'|[^\s|<>;)&]+)/g,
  )) {
    if (/^\s*2?[|<>;)&]/.test(token) || /^\s+#/.test(token)) break
    words.push(quoted ?? token.trim().replaceAll(/^'|'$/g, ''))
  }
  return words
}

/** What is wrong with the commands of pages: names and options that there are not. */
export async function wrongCommands(pages: readonly TextFile[]): Promise<string[]> {
  const wrong: string[] = []
  for (const { path, text } of pages) {
    for (const one of documentedCommands(text)) {
      const why = await objection(one)
      if (why !== undefined) wrong.push(`${path}: ${one.line.trim()}: ${why}`)
    }
  }
  return wrong
}

/** What is wrong with a command that says only a part of what has to be given. */
const lacks = /is needed\.$|needs a value: /

async function objection({ words, isWhole }: DocumentedCommand): Promise<string | undefined> {
  const found = findCommand(words)
  if (found.kind === 'failure') return found.failure.message
  if (found.kind !== 'command') return undefined
  const { command } = (await commandTable[found.name]?.load()) ?? {}
  if (!command) return 'it does not load'
  const parsed = parseArguments(found.argv, command, {})
  const [what = 'stop'] = found.name === 'alliance propose' ? found.argv : []
  if (!what.startsWith('-') && !Object.hasOwn(proposable, what)) return `${what} is not proposed`
  if (!('failure' in parsed)) return undefined
  const { message } = parsed.failure
  return !isWhole && lacks.test(message) ? undefined : message
}
