import { basename, isAbsolute, posix, sep } from 'node:path'
import { type Contracts, type ContractUser, isCodedError } from '@openbsn/sdk'
import type { Clock } from '../kernel/clock.ts'
import type { Arguments } from './arguments.ts'
import type { OptionSpec } from './command.ts'
import { gatewaysOf, tellingFate } from './connection.ts'
import { credentialClient } from './credential-connection.ts'
import { readCredentialFile } from './credential-file.ts'
import { fail } from './fail.ts'
import { readBytes, requireWritable, writeWhole } from './files.ts'
import type { Output } from './output.ts'
import { readUserFile } from './user-file.ts'

/** Arguments of a function or a constructor. */
export const argumentOptions = {
  arg: {
    type: 'string',
    value: 'VALUE',
    many: true,
    summary: 'The next argument: text, or JSON where it begins with [ or {, or is true or false',
  },
  args: {
    type: 'string',
    value: 'JSON',
    summary: 'All arguments at once: an array in order, or an object by name',
  },
} as const satisfies Record<string, OptionSpec>

/** What goes along with a transaction. */
export const writeOptions = {
  value: { type: 'string', value: 'WEI', summary: 'What is sent along, in wei' },
  receipt: {
    type: 'string',
    value: 'FILE',
    summary: 'Wait for the proof of the transaction, and write it there',
  },
  'idempotency-key': {
    type: 'string',
    value: 'KEY',
    summary: 'Given again, the same command has one effect',
  },
} as const satisfies Record<string, OptionSpec>

/** In whose name a contract of Fabric is called. */
export const userOption = {
  user: {
    type: 'string',
    value: 'FILE',
    env: 'BSN_USER',
    summary: 'On Fabric: who signs it, as `bsn contract enroll` writes it',
  },
} as const satisfies Record<string, OptionSpec>

/** What a contract is compiled from. */
export const compiledOptions = {
  template: { type: 'string', value: 'NAME', summary: 'A contract that is there to be deployed' },
  source: {
    type: 'string',
    value: 'FILE',
    many: true,
    summary: 'Solidity source; each, where it imports others',
  },
  contract: { type: 'string', value: 'NAME', summary: 'Which contract of the sources' },
} as const satisfies Record<string, OptionSpec>

/** Contracts of the service of a credential. @throws CREDENTIAL_*, SECRET_FILE_EXPOSED, FILE_* */
export async function contractsOf(
  args: Arguments,
  clock: Clock,
): Promise<{ readonly contracts: Contracts; readonly service: string }> {
  const credential = await readCredentialFile(args.value('credential'))
  const client = tellingFate(credentialClient(credential, { gateways: gatewaysOf(args), clock }))
  const { service } = credential
  return { contracts: client.contracts(service), service }
}

/** @throws USER_FILE_INVALID, SECRET_FILE_EXPOSED, FILE_*, USER_EXISTS, what the gateway says */
export async function userOf(
  args: Arguments,
  { contracts, service }: { readonly contracts: Contracts; readonly service: string },
): Promise<{ readonly user?: ContractUser }> {
  const path = args.optional('user')
  if (path === undefined) return {}
  const { name, signer } = await readUserFile(path, service)
  return { user: await contracts.enroll(name, signer) }
}

/** @throws CLI_OPTION_INVALID */
export function argumentsOf(args: Arguments): readonly unknown[] | Record<string, unknown> {
  const all = args.optional('args')
  if (all === undefined) return args.values('arg').map((one) => argumentOf(one, '--arg'))
  if (args.has('arg')) throw fail('CLI_OPTION_INVALID', 'Give --args or --arg, not both.')
  const value = jsonOf(all, '--args')
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  throw fail('CLI_OPTION_INVALID', '--args: give a JSON array or object.')
}

function argumentOf(text: string, option: string): unknown {
  return /^[[{]|^(true|false)$/.test(text) ? jsonOf(text, option) : text
}

function jsonOf(text: string, option: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw fail('CLI_OPTION_INVALID', `${option} ${text.slice(0, 64)}: this is no JSON.`)
  }
}

/** @throws CLI_OPTION_INVALID */
export function valueOption(args: Arguments): { readonly value?: string } {
  const value = args.optional('value')
  if (value === undefined) return {}
  if (/^(0|[1-9][0-9]{0,77})$/.test(value)) return { value }
  throw fail('CLI_OPTION_INVALID', `--value ${value}: give a whole number of wei.`)
}

/** @throws CLI_OPTION_MISSING, CLI_OPTION_INVALID, FILE_* */
export async function compiledOf(args: Arguments) {
  const template = args.optional('template')
  if (template !== undefined && args.has('source')) {
    throw fail('CLI_OPTION_INVALID', 'Give --template or --source, not both.')
  }
  if (template === undefined && !args.has('source')) {
    throw fail('CLI_OPTION_MISSING', 'Give --template, or --source.')
  }
  return template === undefined ? sourcesOf(args) : { template }
}

/** The sources that `--source` names, by the paths that imports know them by. */
async function sourcesOf(args: Arguments) {
  const sources: Record<string, string> = {}
  for (const path of args.values('source')) {
    const text = new TextDecoder().decode(await readBytes(path))
    if (text.trim() === '') throw fail('FILE_UNUSABLE', `${path} is empty.`)
    sources[importPath(path)] = text
  }
  const contract = args.optional('contract')
  return { sources, ...(contract === undefined ? {} : { contract }) }
}

/** As it stands on the command line, so that imports between the files lead to one another. */
function importPath(path: string): string {
  const plain = posix.normalize(path.split(sep).join('/'))
  return isAbsolute(path) || plain.startsWith('..') ? basename(path) : plain
}

/** How a write is made, and that its proof can be written. @throws FILE_EXISTS, FILE_UNUSABLE */
export async function writeOptionsOf(args: Arguments, signal: AbortSignal) {
  const receipt = args.optional('receipt')
  if (receipt !== undefined) await requireWritable(receipt)
  const key = args.optional('idempotency-key')
  return { signal, ...(key === undefined ? {} : { idempotencyKey: key }) }
}

const [pauseMs, waitMs] = [500, 120_000]

/** Waits for the proof of a transaction, and writes it where `--receipt` says. */
export async function saveProof(
  contracts: Pick<Contracts, 'proof'>,
  transaction: string,
  { args, out, signal }: { args: Arguments; out: Output; signal: AbortSignal },
): Promise<void> {
  const path = args.optional('receipt')
  if (path === undefined) return
  await writeWhole(path, await finalProof(contracts, transaction, signal))
  out.note(`proof written to ${path}; bsn receipt verify checks it with no server`)
}

/** @throws RECEIPT_PENDING where it is not there in two minutes */
async function finalProof(
  contracts: Pick<Contracts, 'proof'>,
  transaction: string,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const until = performance.now() + waitMs
  for (;;) {
    try {
      return await contracts.proof(transaction)
    } catch (error) {
      const isPending = isCodedError(error) && error.code === 'RECEIPT_PENDING'
      if (!isPending || performance.now() > until || signal.aborted) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}
