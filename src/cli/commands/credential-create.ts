import { randomBytes } from 'node:crypto'
import {
  type Algorithm,
  algorithmByName,
  algorithms,
  type CborValue,
  encodeCoseKey,
  verifyKeyBundle,
} from '@openbsn/sdk'
import { createNativeSigner } from '../../crypto/native.ts'
import type { Arguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { connectionOptions } from '../connection.ts'
import { connectAsMember, submitControl } from '../control.ts'
import { type Credential, writeCredentialFile } from '../credential-file.ts'
import { fail } from '../fail.ts'
import { requireWritable } from '../files.ts'
import { flag, object, text, whole } from '../json-schema.ts'
import { timeSeconds } from '../values.ts'

export const command: Command = {
  description:
    'The key is made here and never leaves the file. The file also carries the ledger id and its ' +
    'keys, so that receipts can be verified with no server. Keep it as you keep a password.',
  examples: [
    'bsn credential create --service flights --label laptop --out flights.credential',
    'bsn credential create --service flights --label audit --out audit.credential --expires ' +
      '2027-01-01',
  ],
  options: {
    service: { type: 'string', value: 'NAME', required: true, summary: 'Service to write to' },
    label: { type: 'string', value: 'TEXT', required: true, summary: 'Who or what will use it' },
    out: { type: 'string', value: 'FILE', required: true, summary: 'File to write, mode 0600' },
    force: { type: 'boolean', summary: 'Replace the file where it exists' },
    expires: { type: 'string', value: 'TIME', summary: 'End of its life, by the time of blocks' },
    algorithm: {
      type: 'string',
      value: 'NAME',
      default: 'EdDSA',
      summary: 'Kind of key: EdDSA, ES256 or ES256K',
    },
    'dry-run': { type: 'boolean', summary: 'Check everything, send and write nothing' },
    ...connectionOptions,
  },
  output: object({
    credential: text,
    service: text,
    label: text,
    ledger: text,
    file: text,
    'index?': whole,
    'height?': whole,
    'dryRun?': flag,
  }),
  run: async (args, { out, clock }) => {
    const [service, label, file] = [args.value('service'), args.value('label'), args.value('out')]
    const force = args.has('force')
    const algorithm = algorithmOf(args)
    const expires = timeSeconds(args, 'expires')
    const { gateway, ledger, client, member } = await connectAsMember(args)
    await requireWritable(file, { force })
    const bundle = await client.keyBundle()
    // The id comes from the profile: a gateway cannot pass off another ledger as this one.
    verifyKeyBundle(bundle, ledger)
    const credential = `cred_${randomBytes(8).toString('hex')}`
    const answer = { credential, service, label, ledger, file }
    if (args.has('dry-run')) {
      out.answer({ ...answer, dryRun: true }, `would create a credential for ${service}`)
      return undefined
    }
    const secret = algorithm.generateSecret()
    const payload = actPayload({ credential, service, label, expires, algorithm, secret })
    const act = { module: 'bsn:credentials', act: 'credential-create', payload }
    const place = await submitControl(act, { client, ledger, member, clock })
    const content: Credential = { gateway, ledger, service, credential, label, bundle }
    await writeCredentialFile(file, content, { algorithm: algorithm.name, secret }, { force })
    out.answer({ ...answer, ...place }, `credential ${credential} written to ${file}`)
    out.note(`next: bsn record put --service ${service} --credential ${file} INPUT`)
    return undefined
  },
}

function algorithmOf(args: Arguments): Algorithm {
  const name = args.value('algorithm')
  const algorithm = algorithmByName(name)
  if (algorithm) return algorithm
  const names = algorithms.map((one) => one.name).join(', ')
  throw fail('CLI_OPTION_INVALID', `--algorithm ${name}: give ${names}.`)
}

type NewCredential = Pick<Credential, 'credential' | 'service' | 'label'> & {
  readonly expires: number | undefined
  readonly algorithm: Algorithm
  readonly secret: Uint8Array
}

function actPayload({ credential, service, label, expires, algorithm, secret }: NewCredential) {
  const { key } = createNativeSigner(algorithm, secret)
  return new Map<string, CborValue>([
    ['id', credential],
    ['service', service],
    ['label', label],
    ['keys', [encodeCoseKey(key)]],
    ...(expires === undefined ? [] : ([['expires', expires]] as const)),
  ])
}
