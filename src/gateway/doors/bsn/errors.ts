import { CodedError } from '@openbsn/sdk'
import type { ErrorCatalogue } from '../../../kernel/errors.ts'

/** What the door for clients of BSN refuses, beside what others refuse behind it. */
export const bsnErrors = {
  BSN_MAC_INVALID: {
    status: 401,
    meaning: 'The mac is not one of a key of the application over this request.',
    remedy: 'Sign the text that the protocol has; a sandbox tells it: /api/fabric/v1/expected.',
  },
  BSN_KEY_UNUSABLE: {
    status: 403,
    meaning: 'The application has no key that clients of BSN can sign with.',
    remedy:
      'Give the credential a key of ES256, ES256K or SM2: `bsn credential create --algorithm`.',
  },
  BSN_HOME_ELSEWHERE: {
    status: 421,
    meaning: 'Another city node is the home of the application, which has its users and nonces.',
    remedy: 'Send it to the gateway that the message names.',
  },
  BSN_NOT_FABRIC: {
    status: 404,
    meaning: 'The service of the application is not one of Fabric, or has no channel here.',
    remedy: 'Services of other frameworks have doors of their own; see /api/v1.',
  },
  BSN_KEY_MODE: {
    status: 409,
    meaning: 'The service has the other key mode, which has other calls.',
    remedy: 'Key-trust: node/reqChainCode. Public-key-upload: user/enroll and node/trans.',
  },
  BSN_NONCE_USED: {
    status: 409,
    meaning: 'The same nonce of this user, or the same signed request, came before.',
    remedy: 'Take a new nonce of 24 random bytes for each call; look what became of the first one.',
  },
  BSN_EVENT_KEY_INVALID: {
    status: 400,
    meaning: 'The key of events is no name and no expression that is looked for here.',
    remedy: 'Up to 128 signs; no groups and counts, and two of * + ? at most.',
  },
  BSN_EVENTS_TOO_MANY: {
    status: 409,
    meaning: 'The application has registered as many notifications as may be.',
    remedy: 'Remove some that are not needed.',
  },
} as const satisfies ErrorCatalogue

/** An error of this door, for `throw`. */
export function bsnError(code: keyof typeof bsnErrors, message: string): CodedError {
  return new CodedError(code, message)
}
