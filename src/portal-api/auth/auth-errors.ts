import { CodedError } from '@openbsn/sdk'
import type { PortalErrorCode } from '../errors.ts'

type Told = readonly [code: PortalErrorCode, message: string]

const ended: Told = ['CHALLENGE_ENDED', 'The sign-in was begun too long ago, or not in this page.']
const wrongCode: Told = ['CODE_WRONG', 'That is not the code that is due now.']
const failed: Told = ['SIGN_IN_FAILED', 'There is no account with that e-mail and that password.']
const passkey: Told = ['PASSKEY_REFUSED', 'The passkey is not known here, or did not verify you.']
const noMember: Told = ['MEMBER_NOT_FOUND', 'The organisation has no such member.']
const lastOwner: Told = ['LAST_OWNER', 'That would leave the organisation without an owner.']
const notYours: Told = ['ROLE_INSUFFICIENT', 'Owners alone change what owners are.']
const exists: Told = ['ACCOUNT_EXISTS', 'There is an account with that e-mail already.']
const noOidc: Told = ['OIDC_UNREACHABLE', 'The provider of single sign-on does not answer.']

/** Refusals of the authentication library in our words. */
const known: Readonly<Record<string, Told>> = {
  INVALID_EMAIL_OR_PASSWORD: failed,
  INVALID_EMAIL: failed,
  INVALID_PASSWORD: ['PASSWORD_WRONG', 'The present password is another one.'],
  USER_ALREADY_EXISTS: exists,
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: exists,
  UNAUTHORIZED: ['SIGN_IN_REQUIRED', 'Sign in first.'],
  INVALID_CODE: wrongCode,
  INVALID_BACKUP_CODE: wrongCode,
  INVALID_TWO_FACTOR_COOKIE: ended,
  TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE: ended,
  ACCOUNT_TEMPORARILY_LOCKED: ['SIGN_IN_LIMITED', 'Too many codes were wrong: wait 15 min.'],
  TOTP_ALREADY_ENABLED: ['TOTP_EXISTS', 'The account has an authenticator already.'],
  TOTP_NOT_ENABLED: ['TOTP_NONE', 'The account has no authenticator.'],
  TWO_FACTOR_NOT_ENABLED: ['TOTP_NONE', 'The account has no authenticator.'],
  BACKUP_CODES_NOT_ENABLED: ['TOTP_NONE', 'The account has no backup codes.'],
  CHALLENGE_NOT_FOUND: ended,
  PASSKEY_NOT_FOUND: passkey,
  AUTHENTICATION_FAILED: passkey,
  PASSKEY_REFUSED: passkey,
  FAILED_TO_VERIFY_REGISTRATION: passkey,
  YOU_ARE_NOT_ALLOWED_TO_REGISTER_THIS_PASSKEY: passkey,
  PREVIOUSLY_REGISTERED: ['PASSKEY_REFUSED', 'That passkey is registered already.'],
  MEMBER_NOT_FOUND: noMember,
  YOU_CANNOT_LEAVE_THE_ORGANIZATION_AS_THE_ONLY_OWNER: lastOwner,
  YOU_CANNOT_LEAVE_THE_ORGANIZATION_WITHOUT_AN_OWNER: lastOwner,
  YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_MEMBER: notYours,
  YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_MEMBER: notYours,
  USER_IS_ALREADY_A_MEMBER_OF_THIS_ORGANIZATION: [
    'MEMBER_EXISTS',
    'The account is a member of the organisation already.',
  ],
  PROVIDER_NOT_FOUND: noOidc,
  INVALID_OAUTH_CONFIGURATION: noOidc,
}

/**
 * A refusal of the library as an error of the portal. What is not foreseen is a fault: it is for
 * the log, and its words are for nobody else.
 */
export function authError(status: number, body: unknown): CodedError {
  const { code = '', message = '' } = (body ?? {}) as { code?: string; message?: string }
  const told = Object.hasOwn(known, code) ? known[code] : undefined
  if (told) return new CodedError(told[0], told[1])
  if (status === 400 && message.includes('[body.email]')) {
    return new CodedError('REQUEST_INVALID', 'body/email: is not an e-mail address.')
  }
  if (status === 401) return new CodedError('SIGN_IN_REQUIRED', 'Sign in first.')
  return new CodedError('PORTAL_FAULT', `the authentication library: ${status} ${code} ${message}`)
}
