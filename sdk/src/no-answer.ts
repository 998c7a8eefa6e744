import { CodedError } from './errors.ts'

const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

/** OpenSSL's and Node's words for a certificate that does not hold; no request came through. */
const untrusted =
  /^(CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|ERR_TLS_CERT_)/

/**
 * Why a gateway gave no answer, from what `fetch` threw: GATEWAY_UNREACHABLE, with `details.fate`
 * `not_sent` or `unknown`; retryable but for a certificate that is not trusted.
 */
export function noAnswer(gateway: string, cause: unknown): CodedError {
  const code = untrustedCode(cause)
  const message = code
    ? `The certificate of ${gateway} is not trusted here (${code}). One that its alliance issued ` +
      'is trusted where the ledger is named; name the PEM file of an authority of your own in ' +
      'NODE_EXTRA_CA_CERTS.'
    : `No answer from ${gateway}: is the network up? (bsn up)`
  const fate = code || wasNeverSent(cause) ? 'not_sent' : 'unknown'
  const more = { retryable: code === undefined, details: { fate }, cause }
  return new CodedError('GATEWAY_UNREACHABLE', message, more)
}

/** True for what `fetch` throws where the certificate of the other side does not hold. */
export const isUntrusted = (cause: unknown) => untrustedCode(cause) !== undefined

const untrustedCode = (cause: unknown) => codesOf(cause).find((one) => untrusted.test(one))

/** Codes of an error and of what it came from. */
function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return []
  return [...('code' in error ? [String(error.code)] : []), ...codesOf(error.cause)]
}

/** Browsers do not tell why, so that there it is always unknown. */
function wasNeverSent(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && neverSent.has(String(at.code))) return true
    if (at instanceof AggregateError && at.errors.every(wasNeverSent)) return true
  }
  return false
}
