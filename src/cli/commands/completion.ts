import { type Client, decodeCbor, fromBase64url } from '@openbsn/sdk'
import { engineRecipes } from '../../engines/recipes.ts'
import type { Arguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { completedCommands } from '../completion/completion-model.ts'
import { fishScript } from '../completion/fish-script.ts'
import { bashScript, zshScript } from '../completion/shell-script.ts'
import { connect, connectionOptions } from '../connection.ts'
import { fail } from '../fail.ts'
import { list, object, text } from '../json-schema.ts'

export const command: Command = {
  description:
    'The script completes commands, options and files by itself, and asks for the ids of ' +
    'services, credentials and nodes, and for names of engines, as you type: `bsn completion ' +
    'services` prints those. It prints no ids where no network is up.',
  examples: [
    'source <(bsn completion bash)',
    'bsn completion zsh > ~/.zfunc/_bsn',
    'bsn completion fish > ~/.config/fish/completions/bsn.fish',
  ],
  operands: [
    {
      name: 'WHAT',
      summary: 'bash, zsh or fish; or services, credentials, nodes or engines',
      required: true,
    },
  ],
  options: connectionOptions,
  output: { oneOf: [object({ shell: text, script: text }), object({ ids: list(text) })] },
  run: async (args, { out, commands }) => {
    const what = args.operand(0)
    const read = Object.hasOwn(ids, what) ? ids[what] : undefined
    if (read) {
      const found = await read(args).catch(() => [])
      out.answer({ ids: found }, found.join('\n'))
      return undefined
    }
    const print = Object.hasOwn(scripts, what) ? scripts[what] : undefined
    if (!print) {
      const names = [...Object.keys(scripts), ...Object.keys(ids)].join(', ')
      throw fail('CLI_OPTION_INVALID', `${what}: give one of ${names}.`)
    }
    const script = print(await completedCommands(commands))
    out.answer({ shell: what, script }, script)
    return undefined
  },
}

const scripts: Readonly<Record<string, typeof bashScript>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
}

/** What a shell can show at once. */
const idsMax = 200

const ids: Readonly<Record<string, (args: Arguments) => Promise<string[]>>> = {
  services: async (args) => {
    const { services } = await (await connect(args)).client.services({ limit: idsMax })
    return services.map(({ id }) => id)
  },
  nodes: async (args) => {
    const { nodes } = await (await connect(args)).client.nodes({ limit: idsMax })
    return nodes.map(({ id }) => id)
  },
  engines: async () => Object.keys(engineRecipes),
  credentials: async (args) => newestCredentials((await connect(args)).client),
}

/** There is no list of credentials but the acts that made them. */
async function newestCredentials(client: Client): Promise<string[]> {
  const acts = { service: 'bsn:credentials', order: 'newest', limit: idsMax } as const
  const { entries } = await client.list(acts)
  const found = entries.map(({ payload }) => {
    const act = decodeCbor(fromBase64url(payload) ?? new Uint8Array())
    return act instanceof Map ? String(act.get('id')) : ''
  })
  return [...new Set(found)].filter((id) => id !== '')
}
