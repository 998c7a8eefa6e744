import type { PortalSettings } from '../node/open-portal.ts'
import type { Arguments } from './arguments.ts'
import type { OptionSpec } from './command.ts'
import { fail } from './fail.ts'
import { readSecretFile } from './files.ts'

/** Where accounts are kept. */
export const databaseOption = {
  'database-url': {
    type: 'string',
    value: 'URL',
    env: 'DATABASE_URL',
    summary: 'PostgreSQL for accounts, which portals share; a file in the data folder without it',
  },
} as const satisfies Record<string, OptionSpec>

/** Accounts and single sign-on. */
export const portalOptions = {
  ...databaseOption,
  'oidc-issuer': {
    type: 'string',
    value: 'URL',
    env: 'BSN_OIDC_ISSUER',
    summary: 'Provider of single sign-on (OpenID Connect)',
  },
  'oidc-client': {
    type: 'string',
    value: 'ID',
    env: 'BSN_OIDC_CLIENT',
    summary: 'What the provider calls this portal',
  },
  'oidc-secret-file': {
    type: 'string',
    value: 'FILE',
    env: 'BSN_OIDC_SECRET_FILE',
    summary: 'Its secret there, in a file that others cannot read',
  },
} as const satisfies Record<string, OptionSpec>

/** @throws CLI_OPTION_MISSING, CLI_OPTION_INVALID, FILE_* */
export async function portalSettingsOf(args: Arguments): Promise<PortalSettings> {
  const names = ['oidc-issuer', 'oidc-client', 'oidc-secret-file'] as const
  const [issuer, clientId, file] = names.map((name) => args.optional(name))
  const databaseUrl = args.optional('database-url')
  if (issuer === undefined && clientId === undefined && file === undefined) return { databaseUrl }
  if (issuer === undefined || clientId === undefined || file === undefined) {
    throw fail('CLI_OPTION_MISSING', `Single sign-on wants all of --${names.join(', --')}.`)
  }
  if (!URL.canParse(issuer) || !/^https?:/.test(issuer)) {
    throw fail('CLI_OPTION_INVALID', `--oidc-issuer ${issuer}: give an address.`)
  }
  const clientSecret = (await readSecretFile(file)).trim()
  return { databaseUrl, oidc: { issuer, clientId, clientSecret } }
}
