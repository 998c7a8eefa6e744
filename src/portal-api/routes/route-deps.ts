import type { FastifyRequest } from 'fastify'
import type { Accounts } from '../auth/accounts.ts'
import type { Members } from '../members.ts'
import type { PortalDeps, PortalOptions } from '../portal-deps.ts'
import type { Sessions } from '../session.ts'
import type { SignInLimits } from '../sign-in-limits.ts'
import type { UsedCodes } from '../used-codes.ts'

/** What routes of the portal are made with. */
export type RouteDeps = PortalDeps & {
  readonly options: PortalOptions
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly members: Members
  readonly limits: SignInLimits
  readonly usedCodes: UsedCodes
}

/**
 * Counts a try to guess a secret, from its beginning; it counts no more where it succeeds, or where
 * it was refused for another reason.
 * @throws SIGN_IN_LIMITED, and what `work` throws
 */
export async function limited<T>(
  { limits, networkOf }: RouteDeps,
  { request, account }: { readonly request: FastifyRequest; readonly account?: string },
  work: () => Promise<T>,
): Promise<T> {
  const named = account === undefined ? {} : { account }
  const one = limits.begin({ ...named, network: networkOf(request) })
  try {
    const result = await work()
    one.succeeded()
    return result
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!guesses.has(code)) one.succeeded()
    throw error
  }
}

const guesses = new Set([
  ...['SIGN_IN_FAILED', 'PASSWORD_WRONG', 'CODE_WRONG', 'CHALLENGE_ENDED'],
  ...['SETUP_LINK_INVALID', 'INVITATION_LINK_INVALID'],
])
