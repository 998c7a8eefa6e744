import { type Client, type ClientOptions, createClient } from '@openbsn/sdk'
import type { Clock } from '../kernel/clock.ts'
import type { Arguments } from './arguments.ts'
import type { OptionSpec } from './command.ts'
import { gatewayOption, gatewaysOf } from './connection.ts'
import { readCredentialFile, type StoredCredential } from './credential-file.ts'
import { fail } from './fail.ts'

/** Options of commands that use a service with a credential. */
export const credentialOptions = {
  credential: {
    type: 'string',
    value: 'FILE',
    required: true,
    env: 'BSN_CREDENTIAL',
    summary: 'Credential file, as `bsn credential create` writes it',
  },
  gateway: {
    ...gatewayOption,
    summary: "Address of a gateway, or of several; the credential's where not said",
  },
} as const satisfies Record<string, OptionSpec>

/** A service, as a credential is let in to it. */
export type CredentialConnection = {
  readonly client: Client
  readonly credential: StoredCredential
  readonly service: string
}

/**
 * The service of a credential file. Requests say who asks: by the API key, where there is one, and
 * else by signing each.
 * @throws CREDENTIAL_*, SECRET_FILE_EXPOSED, FILE_*
 */
export async function connectByCredential(
  args: Arguments,
  clock: Clock,
): Promise<CredentialConnection> {
  const credential = await readCredentialFile(args.value('credential'))
  const client = credentialClient(credential, { gateways: gatewaysOf(args), clock })
  return { client, credential, service: credential.service }
}

type More = {
  /** Those of the credential where there are none; who runs them only the credential can say. */
  readonly gateways: readonly string[]
  readonly clock: Clock
  readonly onLeave?: ClientOptions['onLeave']
}

/**
 * Answers are checked by the keys that came with the credential.
 * @throws CLI_OPTION_INVALID
 */
export function credentialClient(credential: StoredCredential, more: More): Client {
  const { gateway, gateways: listed, operators, ledger, apiKey, signer, keys } = credential
  const known = listed ?? [{ url: gateway }]
  const named = more.gateways.map((url) => known.find((one) => one.url === url) ?? { url })
  if (apiKey !== undefined) requireKnown(more.gateways, known)
  return createClient({
    ...{ ledger, keys, gateways: named.length > 0 ? named : known },
    ...(apiKey === undefined ? {} : { apiKey: { key: apiKey, operators: operators ?? [] } }),
    ...(signer === undefined ? {} : { signer }),
    nowSeconds: () => more.clock.nowSeconds(),
    ...(more.onLeave ? { onLeave: more.onLeave } : {}),
  })
}

/** An API key goes to gateways that the credential names, and to nobody else. */
function requireKnown(named: readonly string[], known: readonly { readonly url: string }[]): void {
  const urls = known.map(({ url }) => url)
  if (named.length === 0 || named.some((one) => urls.includes(one))) return
  const which = `the credential's API key is for ${urls.join(', ')}`
  throw fail('CLI_OPTION_INVALID', `--gateway ${named.join(',')}: ${which}, and sent to no other.`)
}

/** @throws CREDENTIAL_SERVICE_DIFFERS */
export function requireCredentialOf(credential: StoredCredential, service: string): void {
  if (credential.service === service) return
  throw fail('CREDENTIAL_SERVICE_DIFFERS', `The credential is of ${credential.service}.`)
}
