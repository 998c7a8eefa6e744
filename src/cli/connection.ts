import {
  type Client,
  type ClientOptions,
  CodedError,
  createClient,
  createGatewayFetch,
  type Environment,
  isCodedError,
  noAnswer,
  verifyKeyBundle,
} from '@openbsn/sdk'
import { type JsonObject, parseJson } from '../kernel/json.ts'
import { environments } from '../node/environment.ts'
import { isNetwork, readNetwork } from '../node/network/network-file.ts'
import type { Arguments } from './arguments.ts'
import type { OptionSpec } from './command.ts'
import { fail } from './fail.ts'
import { homeOf, ledgerIn, readProfile } from './profile.ts'
import { provenObject } from './proven-object.ts'
import { oneOf } from './values.ts'

/** Options of every command that needs the data folder. */
export const homeOption = {
  home: {
    type: 'string',
    value: 'DIR',
    env: 'BSN_HOME',
    summary: 'Data folder of the network; ~/.openbsn where not said',
  },
} as const satisfies Record<string, OptionSpec>

/** Options of commands that open what is kept wrapped in the data folder. */
export const kekOption = {
  kek: {
    type: 'string',
    value: 'FILE',
    env: 'BSN_KEK',
    summary: "The key-encryption key; the data folder's path and .kek where not said",
  },
} as const satisfies Record<string, OptionSpec>

/** Which gateway is asked; of several the nearest, and the others where it fails. */
export const gatewayOption = {
  type: 'string',
  value: 'URL[,URL]',
  env: 'BSN_GATEWAY',
  summary: "Address of a gateway, or of several; the profile's where not said",
} as const satisfies OptionSpec

/** Which of the two ledgers of a node is meant. */
export const environmentOption = {
  environment: {
    type: 'string',
    value: 'NAME',
    env: 'BSN_ENVIRONMENT',
    summary: 'live or sandbox; live where not said',
  },
  sandbox: { type: 'boolean', summary: 'The same as --environment sandbox' },
} as const satisfies Record<string, OptionSpec>

/** Another ledger of the alliance than its root. */
export const groupOption = {
  group: {
    type: 'string',
    value: 'NAME',
    env: 'BSN_GROUP',
    summary: 'A group of the alliance, in place of its root ledger',
  },
} as const satisfies Record<string, OptionSpec>

/** @throws CLI_OPTION_INVALID */
export function environmentOf(args: Arguments): Environment {
  const named = oneOf(args, 'environment', environments)
  if (!args.has('sandbox')) return named ?? 'live'
  // A variable may say otherwise: what is written on the line counts.
  return 'sandbox'
}

/** Options of commands that are about the root ledger of an alliance, which lists its groups. */
export const rootOptions = {
  ...homeOption,
  gateway: gatewayOption,
  ledger: {
    type: 'string',
    value: 'ID',
    env: 'BSN_LEDGER',
    summary: "Id of the ledger; the profile's where not said",
  },
  ...environmentOption,
} as const satisfies Record<string, OptionSpec>

/** Options of every command that asks a gateway. */
export const connectionOptions = {
  ...rootOptions,
  ...groupOption,
} as const satisfies Record<string, OptionSpec>

/** Which ledger is meant, and through which gateway it is asked. */
export type Connection = {
  /** Of several the one that answered first, for what only one is asked. */
  readonly gateway: string
  readonly ledger: string
  readonly client: Client
}

/**
 * By options and environment, else by the profile. A gateway that is named without a ledger is
 * asked for the one of that environment that it serves.
 * @throws PROFILE_*, SANDBOX_NOT_NAMED, LEDGER_NOT_NAMED, CLI_OPTION_INVALID, GATEWAY_*
 */
export async function connect(args: Arguments): Promise<Connection> {
  const ledger = args.optional('ledger')
  const chosen = await chosenGateways(args, ledger)
  if (chosen) {
    const known = { ledger: ledger ?? (await ledgerOfHome(homeOf(args))) }
    const found = ledger ?? (await onlyLedger(chosen.gateway, environmentOf(args), known))
    return connectTo(await inGroup(args, { ...chosen, ledger: found }))
  }
  const profile = await readProfile(homeOf(args))
  const known = ledger ?? ledgerIn(profile, environmentOf(args))
  return connectTo(await inGroup(args, { gateway: profile.gateway, ledger: known }))
}

type Place = Pick<Known, 'gateway' | 'ledger' | 'gateways'>

/**
 * The ledger of the group that `--group` names, where it does, as the ledger lists it that would be
 * meant otherwise, with proof; through a gateway that serves it, where one says that it does.
 * @throws OBJECT_NOT_FOUND, STATE_PROOF_*, KEY_BUNDLE_*, RECEIPT_*, GATEWAY_*
 */
export async function inGroup(args: Arguments, root: Place): Promise<Place> {
  const name = args.optional('group')
  if (name === undefined) return root
  const { client } = connectTo(root)
  const keys = verifyKeyBundle(await client.keyBundle(), root.ledger)
  const listed = await provenObject(client, keys, `group/${name}`)
  const ledger = String(listed.get('ledger'))
  const isHere = (await servedBy(root.gateway, root)).some(({ id }) => id === ledger)
  const { nodes } = isHere ? { nodes: [] } : await client.group(name)
  const others = nodes.map(({ gateway }) => checkedUrl(gateway))
  if (others.length === 0) return { ...root, ledger }
  return { gateway: await firstThere(others, root.ledger), gateways: others, ledger }
}

/** The ledgers that a gateway serves. */
async function servedBy(gateway: string, known: AskOptions): Promise<readonly JsonObject[]> {
  const { ledgers } = await askForBody(gateway, '/api/v1/ledgers', known)
  return (Array.isArray(ledgers) ? ledgers : []) as readonly JsonObject[]
}

type Known = Omit<Connection, 'client'> & Pick<ClientOptions, 'retryDelayMs' | 'gateways'>

/** A connection to a ledger and gateway, or several, that are known. */
export function connectTo({ gateway, ledger, ...more }: Known): Connection {
  return { gateway, ledger, client: tellingFate(createClient({ gateway, ledger, ...more })) }
}

/** The addresses that `--gateway` names; none where it is not said. @throws CLI_OPTION_INVALID */
export function gatewaysOf(args: Arguments): readonly string[] {
  const named = args.optional('gateway')?.split(',') ?? []
  return named.map((one) => checkedUrl(one.trim()))
}

/**
 * What `--gateway` says, and which of it is there.
 * @throws CLI_OPTION_INVALID, GATEWAY_UNREACHABLE
 */
export async function chosenGateways(args: Arguments, ledger: string | undefined) {
  const gateways = gatewaysOf(args)
  if (gateways.length === 0) return undefined
  return { gateway: await firstThere(gateways, ledger), gateways }
}

/** The first that answers at all; one alone is not asked. @throws GATEWAY_UNREACHABLE */
async function firstThere(
  gateways: readonly string[],
  ledger: string | undefined,
): Promise<string> {
  const [only = ''] = gateways
  if (gateways.length < 2) return only
  const answers = gateways.map(async (one) => {
    await askGateway(one, '/livez', { ledger, timeoutMs: aliveTimeoutMs })
    return one
  })
  return Promise.any(answers).catch(() => answers[0] ?? only)
}

const aliveTimeoutMs = 3000

export function checkedUrl(text: string): string {
  const url = URL.parse(text)
  if (url && /^https?:$/.test(url.protocol)) return text
  throw fail('CLI_OPTION_INVALID', `--gateway ${text}: give an address like http://127.0.0.1:8420`)
}

/** The ledger of a data folder, by which a gateway of its alliance is trusted. */
async function ledgerOfHome(home: string): Promise<string | undefined> {
  if (isNetwork(home)) return readNetwork(home).start.ledger
  return readProfile(home).then(
    ({ ledger }) => ledger,
    () => undefined,
  )
}

async function onlyLedger(
  gateway: string,
  environment: Environment,
  known: AskOptions,
): Promise<string> {
  const isMeant = (one: JsonObject) =>
    (one.environment ?? 'live') === environment && one.group === undefined
  const matching = (await servedBy(gateway, known)).filter(isMeant)
  const [first, ...rest] = matching.map(({ id }) => String(id))
  if (first !== undefined && rest.length === 0) return first
  const shown = matching.map(({ id }) => String(id)).join(', ') || 'no ledger'
  const as = environment === 'live' ? '' : ' as sandbox'
  throw fail('LEDGER_NOT_NAMED', `${gateway} serves${as}: ${shown}.`)
}

const askTimeoutMs = 10_000

/** An answer with its HTTP status. */
export type GatewayAnswer = { readonly status: number; readonly body: JsonObject }

export type AskOptions = {
  /** Where it is known, certificates that its alliance issued are trusted. */
  readonly ledger?: string | undefined
  readonly timeoutMs?: number
}

/** What a gateway answers to GET `path`, whatever the status. @throws GATEWAY_* */
export async function askGateway(
  gateway: string,
  path: string,
  options: AskOptions = {},
): Promise<GatewayAnswer> {
  const { status, text } = await askForText(gateway, path, options)
  try {
    return { status, body: parseJson(text) as JsonObject }
  } catch (cause) {
    const message = `${addressOf(gateway, path)} answered no JSON.`
    throw new CodedError('GATEWAY_ANSWER_INVALID', message, { cause })
  }
}

const addressOf = (gateway: string, path: string) => gateway.replace(/\/+$/, '') + path

/** As `askGateway`, of what is no JSON. @throws GATEWAY_UNREACHABLE */
export async function askForText(
  gateway: string,
  path: string,
  { ledger, timeoutMs = askTimeoutMs }: AskOptions = {},
): Promise<{ readonly status: number; readonly text: string }> {
  const signal = AbortSignal.timeout(timeoutMs)
  const doFetch = ledger === undefined ? fetch : createGatewayFetch({ ledger })
  const response = await doFetch(addressOf(gateway, path), { signal }).catch((cause: unknown) => {
    throw noAnswer(gateway, cause)
  })
  return { status: response.status, text: await response.text() }
}

/** As `askGateway`, where only success will do. @throws GATEWAY_*, the gateway's own code */
export async function askForBody(
  gateway: string,
  path: string,
  options: AskOptions = {},
): Promise<JsonObject> {
  const { status, body } = await askGateway(gateway, path, options)
  if (status < 400) return body
  const code = typeof body.code === 'string' ? body.code : 'GATEWAY_ANSWER_INVALID'
  throw new CodedError(code, String(body.detail ?? `HTTP ${status}`), { details: { status } })
}

/** A failed write tells *never sent* and *fate unknown* apart. */
export function tellingFate(client: Client): Client {
  return {
    ...client,
    submit: (statements, options) => client.submit(statements, options).catch(tellFate),
    records: (service) => {
      const records = client.records(service)
      return {
        ...records,
        put: (record, options) => records.put(record, options).catch(tellFate),
        putMany: (many, options) => records.putMany(many, options).catch(tellFate),
      }
    },
    contracts: (service) => {
      const contracts = client.contracts(service)
      return {
        ...contracts,
        deploy: (...given) => contracts.deploy(...given).catch(tellFate),
        send: (...given) => contracts.send(...given).catch(tellFate),
        sendTransaction: (...given) => contracts.sendTransaction(...given).catch(tellFate),
      }
    },
  }
}

function tellFate(error: unknown): never {
  if (!isCodedError(error) || !isFateUnknown(error)) throw error
  const { request } = error.details
  const details = request === undefined ? {} : { request }
  throw fail('OUTCOME_UNKNOWN', 'The gateway stopped answering.', { cause: error, details })
}

function isFateUnknown({ code, details }: CodedError): boolean {
  return details.fate === 'unknown' || code === 'CALL_FATE_UNKNOWN'
}
