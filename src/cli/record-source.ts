import {
  type Client,
  canonicalJson,
  type ListedEntry,
  type StoredRecord,
  toBase64url,
  utf8,
} from '@openbsn/sdk'
import type { Clock } from '../kernel/clock.ts'
import type { Arguments } from './arguments.ts'
import type { OptionSpec } from './command.ts'
import { connect } from './connection.ts'
import { connectByCredential, requireCredentialOf } from './credential-connection.ts'

/** For services whose records not anyone may read. */
export const readerOption = {
  credential: {
    type: 'string',
    value: 'FILE',
    env: 'BSN_CREDENTIAL',
    summary: 'Credential file, where not anyone may read the service',
  },
} as const satisfies Record<string, OptionSpec>

/**
 * Where records are read: as anybody, or as a credential.
 * @throws CREDENTIAL_*, PROFILE_*, FILE_*
 */
export async function recordSource(
  args: Arguments,
  clock: Clock,
): Promise<Pick<Client, 'list' | 'state'>> {
  if (args.optional('credential') === undefined) return (await connect(args)).client
  const { client, credential } = await connectByCredential(args, clock)
  requireCredentialOf(credential, args.value('service'))
  return {
    state: client.state,
    list: async ({ service = credential.service, ...query }) => {
      const { records, ...rest } = await client.records(service).list(query)
      return { ...rest, entries: records.map((one) => listed(one, service)) }
    },
  }
}

/** A record as the list of entries has it: JSON is registered in canonical form. */
function listed({ value, payload, ...record }: StoredRecord, service: string): ListedEntry {
  const bytes = payload ?? toBase64url(utf8(canonicalJson(value)))
  return { ...record, service, payload: bytes }
}
