import { CodedError } from '@openbsn/sdk'
import type { Session } from '../session.ts'
import type { RouteDeps } from './route-deps.ts'

/** Whether a page of the origin can have passkeys: browsers refuse them for addresses of IP. */
export const isNamed = (origin: string): boolean =>
  !/^(\d+\.){3}\d+$|^\[/.test(new URL(origin).hostname)

/** @throws PASSKEYS_NEED_NAME */
export function requireNamed(origin: string): string {
  if (isNamed(origin)) return origin
  const { hostname } = new URL(origin)
  const message = `Passkeys are for names: open the portal as localhost instead of ${hostname}.`
  throw new CodedError('PASSKEYS_NEED_NAME', message)
}

/**
 * A step-up where the account has anything to show; one that came by single sign-on alone has
 * nothing yet, and begins with what it adds now.
 * @throws STEP_UP_REQUIRED
 */
export async function requireOwner(
  session: Session,
  { members, sessions }: RouteDeps,
): Promise<void> {
  const { id, hasTotp } = session.account
  const hasAny = hasTotp || (await members.hasPassword(id)) || (await members.passkeys(id)) > 0
  if (hasAny) await sessions.requireStepUp(session)
}

/** People type codes with spaces between. */
export const plain = (code: string): string => code.replaceAll(/\s/g, '')
