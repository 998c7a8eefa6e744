import type { ErrorCatalogue } from '../../kernel/errors.ts'

/** Why a caller is not let in, or not now. */
export const accessErrors = {
  AUTHENTICATION_REQUIRED: {
    status: 401,
    meaning: 'The path is for credentials alone, and the request has none.',
    remedy: 'Send `Authorization: Bearer` with an API key, or sign the request (RFC 9421).',
  },
  AUTHENTICATION_AMBIGUOUS: {
    status: 400,
    meaning: 'The request has an API key and a signature, or two of one.',
    remedy: 'Send one of them, once.',
  },
  CREDENTIAL_UNKNOWN: {
    status: 401,
    meaning: 'The API key is not known here, or the signature is not one of a registered key.',
    remedy: 'Check the key, the ledger in the path, and that every signed part arrives unchanged.',
  },
  CREDENTIAL_WRONG_ENVIRONMENT: {
    status: 401,
    meaning:
      'The API key is of the other environment: `test_` for a sandbox, `live_` for the rest.',
    remedy: 'Use the key of this environment, or the ledger of that key.',
  },
  CREDENTIAL_IN_URL: {
    status: 400,
    meaning: 'An API key is in the URL, where logs and histories keep it.',
    remedy: 'Take the key for lost: rotate the credential, and send the new key as a header.',
  },
  SIGNATURE_HEADERS_INVALID: {
    status: 400,
    meaning:
      'Signature-Input, Signature or Content-Digest are not of the form that is asked for, or ' +
      'the signature leaves out a part of the request.',
    remedy: 'Sign with the SDK (`signRequest`), or correct what the message names.',
  },
  SIGNATURE_TIME_INVALID: {
    status: 401,
    meaning: 'The signature has expired, lasts too long, or was made in the future.',
    remedy: 'Sign again; set the clock; let `expires` be at most 300 s after `created`.',
  },
  SIGNATURE_REPLAYED: {
    status: 401,
    meaning: 'A request with this nonce of this key was taken before.',
    remedy: 'Sign every request anew; an Idempotency-Key makes a repeat safe.',
  },
  SIGNATURE_CACHE_FULL: {
    status: 503,
    meaning: 'No more nonces can be remembered now, so that no signed request can be taken.',
    remedy: 'Try again later, with signatures that last shorter.',
  },
  CONTENT_DIGEST_MISMATCH: {
    status: 400,
    meaning: 'The body is not the one that Content-Digest names.',
    remedy: 'Send the body that was signed, byte by byte.',
  },
  AUTHORITY_UNKNOWN: {
    status: 421,
    meaning: 'The Host header names another gateway than this one.',
    remedy: 'Send it to the gateway that it was signed for; operators list names in `names`.',
  },
  CREDENTIAL_SERVICE_MISMATCH: {
    status: 403,
    meaning: 'The credential is of another service than the path.',
    remedy: 'Use a credential of that service.',
  },
  RATE_LIMITED: {
    status: 429,
    meaning: 'More requests, or statements, came within a second than the limit allows.',
    remedy: 'Wait as Retry-After says, then send what was refused again.',
  },
} as const satisfies ErrorCatalogue
