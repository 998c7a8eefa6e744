import assert from 'node:assert/strict'
import { Check } from 'typebox/schema'
import { commandTable } from '../../src/cli/command-table.ts'
import { findCommand } from '../../src/cli/find-command.ts'

/** These load the whole server, and what they print is looked at where they are started. */
const servers: readonly string[] = ['up', 'node start']

/**
 * Holds what a command printed with --json and success against the form that it declares: one
 * document in one line, or of a stream a line each. Returns the command's words.
 */
export async function requireForm(
  argv: readonly string[],
  stdout: string,
): Promise<string | undefined> {
  const found = findCommand(argv)
  if (found.kind !== 'command' || found.argv.includes('--help')) return undefined
  if (servers.includes(found.name)) return found.name
  const command = (await commandTable[found.name]?.load())?.command
  assert.ok(command, found.name)
  for (const line of stdout.trimEnd().split('\n')) {
    const said = `bsn ${argv.join(' ')} printed ${line}`
    assert.ok(Check(command.output, JSON.parse(line)), said)
  }
  return found.name
}
