import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { CodedError } from '@openbsn/sdk'

/** PEM of the certificate, with those between it and the root, and of its private key. */
export type Tls = { readonly key: string | Buffer; readonly cert: string | Buffer }
export type TlsFiles = { readonly cert: string; readonly key: string }

/** Older versions of TLS are broken. */
export const oldestTls = 'TLSv1.2'

/**
 * Reads a certificate and its key, and looks whether they are a pair that a server can use.
 * @throws TLS_FILE_INVALID with the file and what is wrong with it
 */
export function readTlsFiles({ cert, key }: TlsFiles): Tls & { readonly expires: Date } {
  const tls = { cert: read(cert), key: read(key) }
  const certificate = trying(cert, 'is no certificate in PEM', () => new X509Certificate(tls.cert))
  const privateKey = trying(key, 'is no private key in PEM without a password', () =>
    createPrivateKey(tls.key),
  )
  if (!certificate.checkPrivateKey(privateKey)) throw invalid(key, `is not the key of ${cert}`)
  // What a chain or a weak key is refused for is found by making a context of them.
  trying(cert, 'cannot be used', () => createSecureContext({ ...tls, minVersion: oldestTls }))
  return { ...tls, expires: certificate.validToDate }
}

function read(path: string): Buffer {
  return trying(path, 'cannot be read', () => readFileSync(path))
}

function trying<T>(path: string, what: string, make: () => T): T {
  try {
    return make()
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
    throw invalid(path, `${what}${why}`, cause)
  }
}

function invalid(path: string, what: string, cause?: unknown): CodedError {
  return new CodedError('TLS_FILE_INVALID', `${path} ${what}.`, { details: { path }, cause })
}
