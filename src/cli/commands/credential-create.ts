import { randomBytes } from 'node:crypto'
import {
  type Algorithm,
  algorithmByName,
  algorithms,
  type Client,
  controlAct,
  type GatewayAddress,
  provenGateways,
  type TrustedKeys,
  verifyKeyBundle,
} from '@openbsn/sdk'
import type { Arguments } from '../arguments.ts'
import type { Cli, Command } from '../command.ts'
import { connectionOptions } from '../connection.ts'
import { actorOption, connectAsMember, submitControl } from '../control.ts'
import { adviseWriting, type WriteAdvice } from '../credential-advice.ts'
import { type Credential, writeCredentialFile } from '../credential-file.ts'
import { fail } from '../fail.ts'
import { requireWritable } from '../files.ts'
import { flag, object, text, whole } from '../json-schema.ts'
import {
  actKeys,
  issueApiKey,
  type NewSecrets,
  signingSecrets,
  storedSecrets,
} from '../new-secrets.ts'
import { timeSeconds, wholeNumber } from '../values.ts'

const many = { type: 'string', many: true } as const
const one = { type: 'string' } as const

export const command: Command = {
  description:
    'The key is made here and never leaves the file. The file also carries the ledger id and its ' +
    'keys, so that receipts can be verified with no server. Keep it as you keep a password. With ' +
    '--api-key it is a text for `Authorization: Bearer` instead of a key that signs; the ledger ' +
    'has its hash alone, and the file names the gateways that it may be sent to. Without --out ' +
    'an API key is printed, once.',
  examples: [
    'bsn credential create --service flights --label laptop --out flights.credential',
    'bsn credential create --service flights --label audit --out audit.credential --expires ' +
      '2027-01-01 --scope records:read',
    'bsn credential create --service pledges --label shop --api-key --scope records:write ' +
      '--scope records:read --per-second 100 --writes-per-day 50000 --out shop.credential',
  ],
  options: {
    service: { ...one, value: 'NAME', required: true, summary: 'Service to use' },
    label: { ...one, value: 'TEXT', required: true, summary: 'Who or what will use it' },
    out: { ...one, value: 'FILE', summary: 'File to write, mode 0600; needed without --api-key' },
    force: { type: 'boolean', summary: 'Replace the file where it exists' },
    'api-key': { type: 'boolean', summary: 'Make an API key instead of a key that signs' },
    scope: {
      ...many,
      value: 'SCOPE',
      summary:
        'What it may do: records:write, records:read, events:read, webhooks:write, log:read; ' +
        'the first two where not said',
    },
    operator: {
      ...many,
      value: 'MEMBER',
      summary: 'Whose gateways may act for it; with --api-key you, where not said',
    },
    participant: {
      ...one,
      value: 'ID',
      summary: 'Participant that it belongs to; with --as that one',
    },
    'per-second': { ...one, value: 'N', summary: 'Requests a second at each gateway' },
    'writes-per-day': {
      ...one,
      value: 'N',
      summary: 'Records a day over all gateways; of chains and channels, transactions at each',
    },
    expires: { ...one, value: 'TIME', summary: 'End of its life, by the time of blocks' },
    algorithm: {
      ...one,
      value: 'NAME',
      default: 'EdDSA',
      summary: 'Kind of key: EdDSA, ES256, ES256K or SM2',
    },
    ...actorOption,
    'dry-run': { type: 'boolean', summary: 'Check everything, send and write nothing' },
    ...connectionOptions,
  },
  output: object({
    credential: text,
    service: text,
    label: text,
    ledger: text,
    'file?': text,
    'apiKey?': text,
    'hint?': text,
    'index?': whole,
    'height?': whole,
    'dryRun?': flag,
  }),
  run,
}

async function run(args: Arguments, { out, clock }: Cli): Promise<undefined> {
  const [service, label, file] = [args.value('service'), args.value('label'), fileOf(args)]
  const force = args.has('force')
  const algorithm = algorithmOf(args)
  const { gateway, ledger, client, member } = await connectAsMember(args)
  const bounds = boundsOf(args, member)
  const operators = operatorsOf(args, member)
  if (file !== undefined) await requireWritable(file, { force })
  const bundle = await client.keyBundle()
  // The id comes from the profile: a gateway cannot pass off another ledger as this one.
  const keys = verifyKeyBundle(bundle, ledger)
  const credential = `cred_${randomBytes(8).toString('hex')}`
  const answer = { credential, service, label, ledger, ...(file === undefined ? {} : { file }) }
  if (args.has('dry-run')) {
    out.answer({ ...answer, dryRun: true }, `would create a credential for ${service}`)
    return undefined
  }
  const secrets: NewSecrets = args.has('api-key')
    ? { apiKey: await issueApiKey(gateway, ledger) }
    : signingSecrets(algorithm)
  const act = controlAct('credential-create', {
    ...{ id: credential, service, label, ...bounds },
    ...(operators.length === 0 ? {} : { operators }),
    ...actKeys(secrets),
  })
  const gateways = args.has('api-key')
    ? await gatewaysOf(client, keys, {
        operators,
        // Who names another's gateway as its own to a participant's key says so itself.
        own: { url: gateway, operator: args.has('as') ? (operators[0] ?? '') : member.id },
      })
    : await everyGateway(client, keys)
  const place = await submitControl(act, { client, ledger, member, clock })
  const made = { service, ...bounds, isApiKey: args.has('api-key') }
  const apiKey = secrets.apiKey ? { hint: secrets.apiKey.hint } : {}
  if (file === undefined) {
    const key = secrets.apiKey?.key ?? ''
    out.answer({ ...answer, ...apiKey, apiKey: key, ...place }, key)
    out.note(`credential ${credential}: this is the only time that its key is shown`)
    tellAdvice(out, await adviseWriting(client, made))
    return undefined
  }
  const names = { gateway, ledger, service, credential, label, bundle }
  const content: Credential = gateways ? { ...names, gateways, operators } : names
  await writeCredentialFile(file, content, storedSecrets(secrets), { force })
  out.answer({ ...answer, ...apiKey, ...place }, `credential ${credential} written to ${file}`)
  const next = `next: bsn record put --service ${service} --credential ${file} INPUT`
  // Asked only when the secret is safe.
  tellAdvice(out, await adviseWriting(client, made), next)
  return undefined
}

function tellAdvice(out: Cli['out'], { canWrite, warning }: WriteAdvice, next?: string): void {
  if (warning !== undefined) out.note(`warning: ${warning}`)
  if (canWrite && next !== undefined) out.note(next)
}

/** @throws CLI_OPTION_MISSING */
function fileOf(args: Arguments): string | undefined {
  const file = args.optional('out')
  if (file !== undefined || args.has('api-key')) return file
  throw fail('CLI_OPTION_MISSING', '--out FILE is needed.')
}

function algorithmOf(args: Arguments): Algorithm {
  const name = args.value('algorithm')
  const algorithm = algorithmByName(name)
  if (algorithm) return algorithm
  const names = algorithms.map((each) => each.name).join(', ')
  throw fail('CLI_OPTION_INVALID', `--algorithm ${name}: give ${names}.`)
}

/** @throws CLI_OPTION_INVALID */
function boundsOf(args: Arguments, member: { readonly id: string }) {
  const range = { min: 1, max: Number.MAX_SAFE_INTEGER }
  const scopes = args.values('scope')
  return {
    scopes: scopes.length === 0 ? undefined : scopes,
    participant: args.optional('participant') ?? participantOf(args, member),
    perSecond: wholeNumber(args, 'per-second', range),
    writesPerDay: wholeNumber(args, 'writes-per-day', range),
    expires: timeSeconds(args, 'expires'),
  }
}

/** A participant's key is named after the service and the participant. */
function participantOf(args: Arguments, { id }: { readonly id: string }): string | undefined {
  return args.has('as') ? id.replace(/^.*\//, '') : undefined
}

/** @throws CLI_OPTION_MISSING where a participant names nobody whose gateway may have its key */
function operatorsOf(args: Arguments, member: { readonly id: string }): readonly string[] {
  const named = args.values('operator')
  if (named.length > 0 || !args.has('api-key')) return named
  if (!args.has('as')) return [member.id]
  throw fail('CLI_OPTION_MISSING', '--operator MEMBER is needed: whose gateways may be sent it.')
}

type Operated = GatewayAddress & { readonly operator: string }
type Own = { readonly operators: readonly string[]; readonly own: Operated }

/** Registered gateways of the operators; of a network with none, the one that is in use. */
async function gatewaysOf(client: Client, keys: TrustedKeys, { operators, own }: Own) {
  const found = await provenGateways(client, keys, { operators })
  if (found.length > 0) return found.map(({ url, operator = '' }) => ({ url, operator }))
  return operators.includes(own.operator) ? [own] : []
}

/** Where a key signs, nothing secret is sent: it may be used through every gateway. */
async function everyGateway(client: Client, keys: TrustedKeys) {
  const found = await provenGateways(client, keys)
  if (found.length < 2) return undefined
  return found.map(({ url, operator = '' }) => ({ url, operator }))
}
