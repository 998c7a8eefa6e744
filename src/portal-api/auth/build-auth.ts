import { passkey } from '@better-auth/passkey'
import { type BetterAuthOptions, betterAuth } from 'better-auth'
import { APIError } from 'better-auth/api'
import { getMigrations } from 'better-auth/db/migration'
import { genericOAuth } from 'better-auth/plugins/generic-oauth'
import { organization } from 'better-auth/plugins/organization'
import { adminAc, memberAc, ownerAc } from 'better-auth/plugins/organization/access'
import { twoFactor } from 'better-auth/plugins/two-factor'
import type { PortalDatabase } from '../store/portal-database.ts'
import type { Auth } from './auth.ts'
import { authPath, cookiePrefix, idleSeconds, oidcProvider } from './auth-names.ts'

/** A provider of single sign-on by OpenID Connect. */
export type OidcOptions = {
  /** Address of the issuer, without `/.well-known/…`. */
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
}

export type AuthOptions = {
  /** The origin that pages come from, such as https://bsn.example.org. */
  readonly origin: string
  readonly secret: string
  readonly oidc?: OidcOptions | undefined
}

export type AuthDeps = {
  readonly database: PortalDatabase
  readonly onError: (message: string) => void
}

/**
 * The authentication library for the pages of one origin: passkeys and single sign-on are bound to
 * that. All its tables are in the portal's database, so that instances share everything.
 */
export function buildAuth(options: AuthOptions, deps: AuthDeps): Auth {
  // Of its types only what is used here is kept: they take the compiler seconds.
  return betterAuth(optionsOf(options, deps)) as unknown as Auth
}

/** Brings the library's tables up to date. */
export async function migrateAuth(options: AuthOptions, deps: AuthDeps): Promise<void> {
  const { runMigrations } = await getMigrations(optionsOf(options, deps))
  await runMigrations()
}

function optionsOf(options: AuthOptions, { database, onError }: AuthDeps): BetterAuthOptions {
  const { origin, secret } = options
  const isSecure = origin.startsWith('https:')
  const strict = { sameSite: 'strict', httpOnly: true, secure: isSecure, path: '/' } as const
  const cookie = (name: string) => ({
    name: `${cookiePrefix(isSecure)}-${name}`,
    attributes: strict,
  })
  return {
    appName: 'OpenBSN',
    baseURL: origin,
    basePath: authPath,
    secret,
    trustedOrigins: [origin],
    telemetry: { enabled: false },
    database: { db: database.kysely, type: database.type, transaction: true },
    user: {
      additionalFields: { administrator: { type: 'boolean', input: false, defaultValue: false } },
    },
    session: { expiresIn: idleSeconds, updateAge: 60, freshAge: 0 },
    emailAndPassword: { enabled: true, minPasswordLength: 1, maxPasswordLength: 1024 },
    account: { accountLinking: { disableImplicitLinking: true, allowDifferentEmails: true } },
    rateLimit: { enabled: false }, // Ours counts accounts, too: sign-in-limits.ts.
    logger: {
      level: 'error',
      log: (_level: string, message: string) => onError(message),
    },
    advanced: {
      // Names have their whole prefix already.
      useSecureCookies: false,
      cookiePrefix: cookiePrefix(isSecure),
      defaultCookieAttributes: { secure: isSecure, httpOnly: true, path: '/' },
      cookies: {
        session_token: cookie('session'),
        two_factor: cookie('second'),
        'better-auth-passkey': cookie('passkey'),
      },
      ipAddress: { disableIpTracking: true },
      database: { validateSchema: false },
    },
    plugins: pluginsOf(options),
  }
}

function pluginsOf({ origin, oidc }: AuthOptions): NonNullable<BetterAuthOptions['plugins']> {
  const { hostname } = new URL(origin)
  return [
    twoFactor({
      issuer: 'OpenBSN',
      allowPasswordless: true,
      backupCodeOptions: { storeBackupCodes: 'encrypted' },
      // Codes are asked for at every sign-in.
      trustDeviceMaxAge: 1,
    }),
    passkey({
      rpID: hostname,
      rpName: 'OpenBSN',
      origin,
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      authentication: { afterVerification: requireUser },
    }),
    organization({
      creatorRole: 'owner',
      // What each may do stands in rights.ts; here is only whose members can be changed by whom.
      roles: { owner: ownerAc, administrator: adminAc, developer: memberAc, auditor: memberAc },
      membershipLimit: 1000,
    }),
    genericOAuth({
      config: oidc ? [{ ...oidcConfig(oidc) }] : [],
    }),
  ]
}

type Verified = { readonly authenticationInfo: { readonly userVerified: boolean } }

/** A passkey stands for two factors, so that its holder was there and showed it to the device. */
const requireUser = async ({ verification }: { readonly verification: Verified }) => {
  if (verification.authenticationInfo.userVerified) return
  throw APIError.fromStatus('UNAUTHORIZED', { code: 'PASSKEY_REFUSED', message: 'no user' })
}

function oidcConfig({ issuer, clientId, clientSecret }: OidcOptions) {
  return {
    providerId: oidcProvider,
    clientId,
    clientSecret,
    discoveryUrl: `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`,
    scopes: ['openid', 'email', 'profile'],
    pkce: true,
    requireIdTokenVerification: true,
  }
}
