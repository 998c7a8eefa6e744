import { realpathSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { Arguments } from '../arguments.ts'
import type { Cli, Command } from '../command.ts'
import { homeOption } from '../connection.ts'
import { object, text } from '../json-schema.ts'
import { homeOf } from '../profile.ts'

export const command: Command = {
  description:
    'Prints a unit for systemd that starts this node with the machine and again when it ends. ' +
    'Options of `bsn node start` go behind `--option`, each with its value after a colon.',
  examples: [
    'bsn node service > openbsn.service',
    'bsn node service --home /srv/openbsn --option node:berlin --option host:0.0.0.0',
  ],
  options: {
    ...homeOption,
    user: { type: 'string', value: 'NAME', summary: 'Who it runs as; you where not said' },
    option: {
      type: 'string',
      value: 'NAME:VALUE',
      many: true,
      summary: 'An option of `bsn node start`, such as port:8420',
    },
  },
  output: object({ unit: text }),
  run,
}

async function run(args: Arguments, { out, env }: Cli): Promise<undefined> {
  const program = realpathSync(join(import.meta.dirname, '../../../bin/bsn'))
  const options = args.values('option').map((one) => `--${one.replace(':', ' ')}`)
  const start = [quoted(program), 'node start --home', quoted(homeOf(args)), ...options].join(' ')
  const engines = Object.entries(env).filter(([name]) => name.startsWith('BSN_ENGINE_'))
  const unit = [
    '[Unit]',
    'Description=OpenBSN city node',
    'Wants=network-online.target',
    'After=network-online.target',
    '',
    '[Service]',
    `ExecStart=${start}`,
    `User=${args.optional('user') ?? userInfo().username}`,
    ...engines.map(([name, value]) => `Environment=${name}=${value}`),
    'Restart=always',
    'RestartSec=2',
    // The node stops its engine itself, in order, and closes its store.
    'KillMode=mixed',
    'TimeoutStopSec=60',
    'LimitNOFILE=65536',
    'NoNewPrivileges=true',
    'PrivateTmp=true',
    'ProtectSystem=full',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  ].join('\n')
  out.answer({ unit }, unit)
  return undefined
}

/** As systemd reads a word with spaces in it; a percent sign stands for itself twice. */
const quoted = (word: string) => {
  const plain = word.replaceAll('%', '%%')
  return /\s/.test(plain) ? `"${plain}"` : plain
}
