import { type Client, createClient } from '@openbsn/sdk'
import type { Clock } from '../kernel/clock.ts'
import type { Arguments } from './arguments.ts'
import type { OptionSpec } from './command.ts'
import { gatewayOption } from './connection.ts'
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
    summary: "Address of a gateway; the credential's where not said",
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
  const client = credentialClient(credential, { gateway: args.optional('gateway'), clock })
  return { client, credential, service: credential.service }
}

/** @throws nothing; the first request does */
export function credentialClient(
  { gateway, gateways, operators, ledger, apiKey, signer }: StoredCredential,
  more: { readonly gateway: string | undefined; readonly clock: Clock },
): Client {
  const known = gateways ?? [{ url: gateway }]
  const same = known.filter(({ url }) => url === more.gateway)
  const named = same.length > 0 || more.gateway === undefined ? same : [{ url: more.gateway }]
  return createClient({
    ledger,
    gateways: named.length > 0 ? named : known,
    ...(apiKey === undefined ? {} : { apiKey: { key: apiKey, operators: operators ?? [] } }),
    ...(signer === undefined ? {} : { signer }),
    nowSeconds: () => more.clock.nowSeconds(),
  })
}

/** @throws CREDENTIAL_SERVICE_DIFFERS */
export function requireCredentialOf(credential: StoredCredential, service: string): void {
  if (credential.service === service) return
  throw fail('CREDENTIAL_SERVICE_DIFFERS', `The credential is of ${credential.service}.`)
}
