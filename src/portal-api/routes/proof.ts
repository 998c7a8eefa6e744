import { CodedError } from '@openbsn/sdk'
import type { Session } from '../session.ts'
import type { RouteDeps } from './route-deps.ts'

/** Browsers refuse passkeys for addresses of IP. @throws PASSKEYS_NEED_NAME */
export function requireNamed(origin: string): string {
  const { hostname } = new URL(origin)
  if (!/^(\d+\.){3}\d+$|^\[/.test(hostname)) return origin
  const message = `Passkeys are for names: open the portal as localhost instead of ${hostname}.`
  throw new CodedError('PASSKEYS_NEED_NAME', message)
}

/**
 * A step-up where the account has anything to show; one that came by single sign-on alone has
 * nothing yet, and begins with what it adds now.
 * @throws STEP_UP_REQUIRED
 */
export async function requireOwner(session: Session, deps: RouteDeps): Promise<void> {
  const { tables } = await deps.accounts.open()
  const { id, hasTotp } = session.account
  const account = await tables
    .selectFrom('account')
    .select('password')
    .where('userId', '=', id)
    .where('password', 'is not', null)
    .executeTakeFirst()
  const hasAny = account !== undefined || hasTotp || (await deps.members.passkeys(id)) > 0
  if (hasAny) await deps.sessions.requireStepUp(session)
}

/** People type codes with spaces between. */
export const plain = (code: string): string => code.replaceAll(/\s/g, '')
