import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ChainsFile } from '../../frameworks/evm/external/chains-file.ts'
import type { ChannelsFile } from '../../frameworks/fabric/external/channels-file.ts'
import type { LogLevel } from '../../gateway/logger.ts'
import type { TlsFiles } from '../../gateway/tls-files.ts'
import type { CityNode } from '../../node/node.ts'
import type { Arguments } from '../arguments.ts'
import type { Cli, Command } from '../command.ts'
import { homeOption, kekOption } from '../connection.ts'
import { findEngineNamed } from '../engine-places.ts'
import { fail } from '../fail.ts'
import { readBytes, readSecretFile } from '../files.ts'
import { flag, object, text } from '../json-schema.ts'
import { fields } from '../output.ts'
import { placeOf, placeOptions } from '../place-options.ts'
import { portalOptions, portalSettingsOf } from '../portal-options.ts'
import { homeOf, profilePath } from '../profile.ts'
import { wholeNumber } from '../values.ts'
import { programVersion } from '../version.ts'

export const command: Command = {
  description:
    'The first start makes an alliance of one: a ledger, a sandbox for trying out, their keys, ' +
    'and the profile that the other commands use. Runs until Ctrl-C or SIGTERM; then requests ' +
    'under way are answered and everything is closed. The log goes to stderr, as JSON lines. The ' +
    'key-encryption key, which wraps what the node keeps secret, is a file beside the data ' +
    'folder: keep a copy of it apart from backups (docs/operating/keys.md). A data folder ' +
    'without keys/validator.json, such as an import, can be served with --read-only: ' +
    'whoever asks gets ' +
    'entries, receipts and proofs, and nothing is registered.',
  examples: [
    'bsn up',
    'bsn up --home /srv/openbsn --port 9000 2>> openbsn.log',
    'bsn up --home /srv/copy --read-only',
    'bsn up --host 0.0.0.0 --tls-cert chain.pem --tls-key key.pem',
    'bsn up --host 0.0.0.0 --address https://bsn.example.org:8420',
  ],
  options: {
    ...homeOption,
    port: {
      type: 'string',
      value: 'N',
      env: 'BSN_PORT',
      default: '8420',
      summary: 'TCP port; 0 takes a free one',
    },
    host: {
      type: 'string',
      value: 'ADDRESS',
      env: 'BSN_HOST',
      default: '127.0.0.1',
      summary: 'Address to listen on; beyond this machine only with TLS',
    },
    address: {
      type: 'string',
      value: 'URL',
      env: 'BSN_ADDRESS',
      summary: 'Where others reach the gateway; with --host and no files its certificate is issued',
    },
    'tls-cert': {
      type: 'string',
      value: 'FILE',
      env: 'BSN_TLS_CERT',
      summary: 'Certificate chain, PEM; SIGHUP has it read again, with its key',
    },
    'tls-key': { type: 'string', value: 'FILE', env: 'BSN_TLS_KEY', summary: 'Its key, PEM' },
    ...kekOption,
    'webhook-allow': {
      type: 'string',
      value: 'RANGE,…',
      env: 'BSN_WEBHOOK_ALLOW',
      summary: 'Address ranges that webhooks may reach although they are not public',
    },
    chains: {
      type: 'string',
      value: 'FILE',
      env: 'BSN_CHAINS',
      summary: 'EVM chains of others that live services are for, JSON (docs/operating/evm.md)',
    },
    name: { type: 'string', value: 'TEXT', summary: "The alliance's name, at the first start" },
    ...placeOptions,
    ...portalOptions,
    'fabric-host': {
      type: 'string',
      value: 'HOST',
      summary: 'Where other nodes reach the peer and orderer of Fabric here; 127.0.0.1 if not said',
    },
    'fabric-channels': {
      type: 'string',
      value: 'FILE',
      summary: 'Channels of existing Fabric networks, by the live services that they are for',
    },
    'read-only': { type: 'boolean', summary: 'Serve what is there, register nothing, use no key' },
  },
  output: object({
    address: text,
    ledger: text,
    'sandbox?': text,
    home: text,
    'profile?': text,
    created: flag,
    'setup?': text,
  }),
  run,
}

async function run(args: Arguments, cli: Cli): Promise<undefined> {
  const { out, clock } = cli
  const interrupted = cli.interrupted()
  const home = homeOf(args)
  const port = wholeNumber(args, 'port', { min: 0, max: 65_535 }) ?? 8420
  const [name, kek, host] = [args.optional('name'), args.optional('kek'), args.value('host')]
  const address = addressOf(args)
  const [tls, chains] = [tlsOf(args), await chainsOf(args)]
  const externalChannels = await channelsOf(args)
  // The whole server: help, completion and a wrong option do without it.
  const { startNode } = await import('../../node/node.ts')
  const portal = await portalSettingsOf(args)
  const failure = Promise.withResolvers<never>()
  // Heard by the race below; a failure before that must not end the process by itself.
  failure.promise.catch(() => process.once('exit', endAtOnce))
  const node = await startNode(
    {
      home,
      port,
      host,
      version: programVersion(),
      logLevel: logLevelOf(cli),
      readOnly: args.has('read-only'),
      place: placeOf(args),
      findEngine: (name) => findEngineNamed(name, cli.env),
      externalChains: chains,
      externalChannels,
      env: cli.env,
      fabricHost: args.optional('fabric-host'),
      portal,
      webhookAllow: args.optional('webhook-allow')?.split(',') ?? [],
      ...(name === undefined ? {} : { name }),
      ...(tls === undefined ? {} : { tls }),
      ...(address === undefined ? {} : { address }),
      ...(kek === undefined ? {} : { kek }),
    },
    { clock, logStream: cli.log, onFailure: failure.reject },
  )
  if (node.renewTls) cli.onHangup(node.renewTls)
  announce(node, home, args, cli)
  await Promise.race([failure.promise, aborted(interrupted)])
  out.note('stopping: requests under way are answered first')
  await Promise.race([failure.promise, node.close()])
  out.note('stopped')
  return undefined
}

function tlsOf(args: Arguments): TlsFiles | undefined {
  const [cert, key] = [args.optional('tls-cert'), args.optional('tls-key')]
  if (cert !== undefined && key !== undefined) return { cert: resolve(cert), key: resolve(key) }
  if (cert === key) return undefined
  const missing = cert === undefined ? '--tls-cert' : '--tls-key'
  throw fail('CLI_OPTION_MISSING', `A certificate and its key go together: ${missing} is absent.`)
}

/** As the ledger takes it. @throws CLI_OPTION_INVALID */
function addressOf(args: Arguments): string | undefined {
  const address = args.optional('address')
  const isRight = address === undefined || /^https?:\/\/[^/?#@A-Z]+(\/[^?#]*)?$/.test(address)
  if (isRight && (address === undefined || URL.canParse(address))) {
    return address?.replace(/\/+$/, '')
  }
  const message = `--address ${address}: give an address like https://bsn.example.org:8420.`
  throw fail('CLI_OPTION_INVALID', message)
}

/** Addresses of chains may have keys in them, so the file is for its owner alone. */
async function chainsOf(args: Arguments): Promise<ChainsFile | undefined> {
  const path = args.optional('chains')
  if (path === undefined) return undefined
  const { readChainsFile } = await import('../../frameworks/evm/external/chains-file.ts')
  return readChainsFile(path, await readSecretFile(path))
}

async function channelsOf(args: Arguments): Promise<ChannelsFile | undefined> {
  const path = args.optional('fabric-channels')
  if (path === undefined) return undefined
  const { readChannelsFile } = await import('../../frameworks/fabric/external/channels-file.ts')
  return readChannelsFile(path, new TextDecoder().decode(await readBytes(path)))
}

/**
 * When all is said. An orderly exit waits for threads, and one of them may wait for the disk,
 * or for an answer of this thread that never comes: seen on full disks.
 */
function endAtOnce(): void {
  process.kill(process.pid, 'SIGKILL')
}

/** On a terminal the log shall not push away what is announced. */
function logLevelOf({ out }: Cli): LogLevel {
  if (out.verbose) return 'debug'
  if (out.quiet) return 'error'
  return out.isTerminal ? 'warn' : 'info'
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** How `bsn` is called where it was started: a clone, which `npm start` runs, is on no PATH. */
export function programName(env: Cli['env'], platform: NodeJS.Platform): string {
  // Scripts of other packages have `bsn` on their PATH.
  if (env.npm_lifecycle_event === undefined || env.npm_package_name !== 'openbsn') return 'bsn'
  return platform === 'win32' ? 'npm run bsn --' : 'bin/bsn'
}

function announce(node: CityNode, home: string, args: Arguments, { out, env }: Cli): void {
  const { address, ledger, sandbox, created, setup } = node
  const profile = existsSync(profilePath(home)) ? profilePath(home) : undefined
  const where = args.has('home') ? ` --home ${home}` : ''
  const bsn = programName(env, process.platform)
  const status = profile ? `${bsn} status${where}` : `${bsn} status --gateway ${address}`
  const next = created ? `${bsn} service create flights --framework records${where}` : status
  const shown = fields({
    'set up': setup,
    gateway: address,
    API: `${address}/api/v1`,
    docs: `${address}/docs`,
    health: `${address}/readyz?verbose`,
    ledger,
    sandbox,
    data: home,
    profile,
    next,
  })
  const head = created ? 'OpenBSN is up, with a new ledger.' : 'OpenBSN is up.'
  out.answer(
    { address, ledger, sandbox, home, profile, created, setup },
    `${head}\n\n${shown}\n\nCtrl-C stops it.`,
  )
}
