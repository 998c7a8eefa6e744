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
  // As one word, so that a value may begin with a minus.
  const options = args.values('option').map((one) => `--${one.replace(':', '=')}`)
  const words = [program, 'node', 'start', '--home', homeOf(args), ...options]
  // Where this user's engines are.
  const isPlace = ([name]: [string, unknown]) => /^(BSN_ENGINE_.*|XDG_CACHE_HOME)$/.test(name)
  const places = Object.entries(env).filter(isPlace)
  const unit = [
    '[Unit]',
    'Description=OpenBSN city node',
    'Wants=network-online.target',
    'After=network-online.target',
    '',
    '[Service]',
    // A dollar sign would be a variable there.
    `ExecStart=${words.map((word) => quoted(word).replaceAll('$', '$$$$')).join(' ')}`,
    `User=${args.optional('user') ?? userInfo().username}`,
    ...places.map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`),
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

/** As systemd reads one word, whatever stands in it; a percent sign stands for itself twice. */
const quoted = (word: string) => {
  const plain = word.replaceAll('%', '%%')
  if (/^[\w/.,:=@%+-]+$/.test(plain)) return plain
  return `"${plain.replaceAll(/["\\]/g, '\\$&')}"`
}
