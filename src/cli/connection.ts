import {
  type Client,
  type ClientOptions,
  CodedError,
  createClient,
  type Environment,
  isCodedError,
  noAnswer,
} from '@openbsn/sdk'
import { type JsonObject, parseJson } from '../kernel/json.ts'
import { environments } from '../node/environment.ts'
import type { Arguments } from './arguments.ts'
import type { OptionSpec } from './command.ts'
import { fail } from './fail.ts'
import { homeOf, ledgerIn, readProfile } from './profile.ts'
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

/** @throws CLI_OPTION_INVALID */
export function environmentOf(args: Arguments): Environment {
  const named = oneOf(args, 'environment', environments)
  if (!args.has('sandbox')) return named ?? 'live'
  // A variable may say otherwise: what is written on the line counts.
  return 'sandbox'
}

/** Options of every command that asks a gateway. */
export const connectionOptions = {
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
  const chosen = await chosenGateways(args)
  if (chosen) {
    const found = ledger ?? (await onlyLedger(chosen.gateway, environmentOf(args)))
    return connectTo({ ...chosen, ledger: found })
  }
  const profile = await readProfile(homeOf(args))
  const known = ledger ?? ledgerIn(profile, environmentOf(args))
  return connectTo({ gateway: profile.gateway, ledger: known })
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
export async function chosenGateways(args: Arguments) {
  const gateways = gatewaysOf(args)
  if (gateways.length === 0) return undefined
  return { gateway: await firstThere(gateways), gateways }
}

/** The first that answers at all; one alone is not asked. @throws GATEWAY_UNREACHABLE */
async function firstThere(gateways: readonly string[]): Promise<string> {
  const [only = ''] = gateways
  if (gateways.length < 2) return only
  const answers = gateways.map(async (one) => {
    await askGateway(one, '/livez', aliveTimeoutMs)
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

async function onlyLedger(gateway: string, environment: Environment): Promise<string> {
  const { ledgers } = await askForBody(gateway, '/api/v1/ledgers')
  const served = (Array.isArray(ledgers) ? ledgers : []) as readonly JsonObject[]
  const matching = served.filter((one) => (one.environment ?? 'live') === environment)
  const [first, ...rest] = matching.map(({ id }) => String(id))
  if (first !== undefined && rest.length === 0) return first
  const shown = matching.map(({ id }) => String(id)).join(', ') || 'no ledger'
  const as = environment === 'live' ? '' : ' as sandbox'
  throw fail('LEDGER_NOT_NAMED', `${gateway} serves${as}: ${shown}.`)
}

const askTimeoutMs = 10_000

/** An answer with its HTTP status. */
export type GatewayAnswer = { readonly status: number; readonly body: JsonObject }

/** What a gateway answers to GET `path`, whatever the status. @throws GATEWAY_* */
export async function askGateway(
  gateway: string,
  path: string,
  timeoutMs = askTimeoutMs,
): Promise<GatewayAnswer> {
  const address = gateway.replace(/\/+$/, '') + path
  const signal = AbortSignal.timeout(timeoutMs)
  const response = await fetch(address, { signal }).catch((cause: unknown) => {
    throw noAnswer(gateway, cause)
  })
  const text = await response.text()
  try {
    return { status: response.status, body: parseJson(text) as JsonObject }
  } catch (cause) {
    throw new CodedError('GATEWAY_ANSWER_INVALID', `${address} answered no JSON.`, { cause })
  }
}

/** As `askGateway`, where only success will do. @throws GATEWAY_*, the gateway's own code */
export async function askForBody(gateway: string, path: string): Promise<JsonObject> {
  const { status, body } = await askGateway(gateway, path)
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
