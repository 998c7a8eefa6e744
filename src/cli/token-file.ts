import type { Arguments } from './arguments.ts'
import type { Cli, OptionSpec } from './command.ts'
import { readSecretFile } from './files.ts'

/** Where the token of an invitation is. */
export const tokenFileOption = {
  'token-file': { type: 'string', value: 'FILE', required: true, summary: '- is standard input' },
} as const satisfies Record<string, OptionSpec>

/** No token is as long. */
const charactersMax = 1000

/** @throws FILE_NOT_FOUND, SECRET_FILE_EXPOSED */
export async function tokenIn(args: Arguments, cli: Pick<Cli, 'stdin'>): Promise<string> {
  const file = args.value('token-file')
  if (file !== '-') return (await readSecretFile(file)).trim()
  let text = ''
  for await (const piece of cli.stdin()) {
    text += String(piece)
    if (text.length > charactersMax) break
  }
  return text.trim()
}
