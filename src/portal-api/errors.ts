import type { ErrorCatalogue } from '../kernel/errors.ts'

/** What the API of accounts refuses. Whatever else it answers is the ledger's or the gateway's. */
export const portalErrors = {
  ORIGIN_REFUSED: {
    status: 403,
    meaning: 'The request does not come from a page of this portal, or was sent to another name.',
    remedy:
      'Open the portal at its own address. Programs send the header Origin with that address; a ' +
      'name of your own is said with `bsn up --address`.',
  },
  SIGN_IN_REQUIRED: {
    status: 401,
    meaning: 'Nobody is signed in, or the session is over.',
    remedy: 'Sign in again. What was typed into a form is still there.',
  },
  SIGN_IN_FAILED: {
    status: 401,
    meaning: 'There is no account with that e-mail and that password.',
    remedy: 'Check both; nobody is told which of them is wrong.',
  },
  SIGN_IN_LIMITED: {
    status: 429,
    meaning: 'Too many tries failed, from this address or for this account.',
    remedy: 'Wait as long as the answer says. A passkey still works.',
  },
  CODE_WRONG: {
    status: 401,
    meaning: 'The code is not the one that is due now, or was used before.',
    remedy: 'Look at the clock of the device, and type the code that it shows now.',
  },
  CHALLENGE_ENDED: {
    status: 401,
    meaning: 'The sign-in, or the question to a passkey, was begun too long ago or not here.',
    remedy: 'Begin again.',
  },
  PASSKEY_REFUSED: {
    status: 401,
    meaning: 'The passkey is not known here, or did not sign what was asked.',
    remedy: 'Choose another passkey, or sign in with the password.',
  },
  PASSKEY_NOT_FOUND: {
    status: 404,
    meaning: 'The account has no passkey with that id.',
    remedy: 'List its passkeys with GET /portal/v1/me/passkeys.',
  },
  PASSKEYS_NEED_NAME: {
    status: 409,
    meaning: 'Browsers make passkeys for names alone, and this page was opened by an address.',
    remedy: 'Open the portal as localhost, or by its name, such as https://bsn.example.org.',
  },
  TOTP_EXISTS: {
    status: 409,
    meaning: 'The account has codes by an authenticator already.',
    remedy: 'Remove them first, then set up new ones.',
  },
  TOTP_NONE: {
    status: 409,
    meaning: 'The account has no authenticator that makes codes.',
    remedy: 'Set one up with POST /portal/v1/me/totp.',
  },
  SETUP_LINK_INVALID: {
    status: 401,
    meaning: 'The setup link was used, is older than 30 minutes, or was never one.',
    remedy: 'Have a new one printed on the machine: `bsn portal setup`.',
  },
  SETUP_DONE: {
    status: 409,
    meaning: 'The portal has an account already, so that nobody sets it up any more.',
    remedy: 'Sign in, or have a member of an organisation invite you.',
  },
  INVITATION_LINK_INVALID: {
    status: 401,
    meaning: 'The invitation was used, taken back or is over, or was never one.',
    remedy: 'Ask whoever invited you for a new link.',
  },
  INVITATION_NOT_FOUND: {
    status: 404,
    meaning: 'The organisation has no open invitation with that id.',
    remedy: 'List them with GET /portal/v1/organisations/{organisation}/invitations.',
  },
  ACCOUNT_EXISTS: {
    status: 409,
    meaning: 'There is an account with that e-mail already.',
    remedy: 'Sign in with it, and take up the invitation then.',
  },
  PASSWORD_REFUSED: {
    status: 400,
    meaning: 'The password is too short, too long, or one of those that everybody tries first.',
    remedy: 'Use 12 characters or more; several words are easy to remember. No kind is required.',
  },
  PASSWORD_WRONG: {
    status: 401,
    meaning: 'The present password is another one.',
    remedy: 'Type the password that you sign in with.',
  },
  STEP_UP_REQUIRED: {
    status: 403,
    meaning: 'For this, whoever is signed in shows anew who it is.',
    remedy: 'POST /portal/v1/step-up with password, code or passkey; good for 5 minutes.',
  },
  SECOND_FACTOR_REQUIRED: {
    status: 403,
    meaning: 'Owners and administrators have a passkey or an authenticator here.',
    remedy: 'Add one to the account; then do the same again.',
  },
  ORGANISATION_NOT_FOUND: {
    status: 404,
    meaning: 'There is no such organisation, or the account is no member of it.',
    remedy: 'GET /portal/v1/me lists those of the account.',
  },
  ROLE_INSUFFICIENT: {
    status: 403,
    meaning: 'The role that the account has in the organisation may not do this.',
    remedy: 'Ask an owner or administrator; the message names the roles that may.',
  },
  ADMINISTRATOR_REQUIRED: {
    status: 403,
    meaning: 'Only administrators of the node do this.',
    remedy: 'Ask whoever set the node up.',
  },
  MEMBER_NOT_FOUND: {
    status: 404,
    meaning: 'The organisation has no such member.',
    remedy: 'List its members with GET /portal/v1/organisations/{organisation}/members.',
  },
  MEMBER_EXISTS: {
    status: 409,
    meaning: 'The account is a member of the organisation already.',
    remedy: 'Change its role, if that is what you want.',
  },
  LAST_OWNER: {
    status: 409,
    meaning: 'An organisation keeps one owner at least.',
    remedy: 'Make somebody else an owner first.',
  },
  SERVICE_OF_OTHERS: {
    status: 403,
    meaning: 'The service was not published by this organisation.',
    remedy: 'Choose one of its own; its publisher decides about any other.',
  },
  PARTICIPANT_OF_OTHERS: {
    status: 403,
    meaning: 'The organisation does not take part in the service under that name.',
    remedy: 'Ask to join first; what others take part in, they decide about themselves.',
  },
  ACT_NOT_OFFERED: {
    status: 400,
    meaning: 'No organisation does that act here.',
    remedy: 'Members sign such acts with their own key; GET /portal/v1/me lists what is here.',
  },
  ACT_FIELDS_INVALID: {
    status: 400,
    meaning: 'The fields of the act cannot be put into a statement; the message names the field.',
    remedy: 'Use text, whole numbers, true, false and lists; bytes as base64url.',
  },
  ACT_NOT_FOUND: {
    status: 404,
    meaning: 'The organisation has done nothing under that request key.',
    remedy: 'Nothing was sent under it: the act can be done.',
  },
  OIDC_NONE: {
    status: 404,
    meaning: 'This portal has no single sign-on.',
    remedy: 'Operator: `bsn up --oidc-issuer URL --oidc-client ID --oidc-secret-file FILE`.',
  },
  OIDC_UNREACHABLE: {
    status: 503,
    meaning: 'The provider of single sign-on does not answer, or not as OpenID Connect wants.',
    remedy: 'Try again, or sign in with a password. Operator: look at the issuer.',
  },
  PORTAL_UNAVAILABLE: {
    status: 503,
    meaning: 'The database of accounts cannot be reached. Ledgers and gateways are not touched.',
    remedy: 'Try again in a minute. Operator: look at DATABASE_URL, and the log.',
  },
  PORTAL_FAULT: {
    status: null,
    meaning: 'The authentication library answered in a way that nobody foresaw.',
    remedy: 'This is a fault of ours: please report it with the line of the log.',
  },
  PORTAL_SETTING_INVALID: {
    status: null,
    meaning: 'A setting of the portal cannot be used; the message says which.',
    remedy: 'Correct it and start again.',
  },
} as const satisfies ErrorCatalogue

export type PortalErrorCode = keyof typeof portalErrors

/** As the pages of errors show them. */
export const portalErrorSection = {
  title: 'Accounts',
  about: 'What the API of accounts (`/portal/v1`) refuses.',
  errors: portalErrors,
}
