import { timingSafeEqual } from 'node:crypto'
import { CodedError, type Environment, sha256, utf8 } from '@openbsn/sdk'
import { apiKeyKey } from '../../services/credential-state.ts'
import { type Named, namedCredential } from './credential.ts'
import {
  isSignedBy,
  type ReceivedRequest,
  readSignature,
  requireDigest,
  requireTime,
} from './http-signature.ts'
import type { Nonces } from './nonces.ts'
import type { StateObjects } from './state-objects.ts'

/** 32 random bytes behind the environment that they are for. */
const apiKeyPattern = /^(live|test)_[A-Za-z0-9_-]{43}$/
const prefixes: Readonly<Record<Environment, string>> = { live: 'live', sandbox: 'test' }

/** False for a key whose form says that it is for the other environment. */
export function mayBeOf(environment: Environment, key: string): boolean {
  return key.startsWith(`${prefixes[environment]}_`)
}

export type AuthenticationDeps = {
  readonly objects: StateObjects
  readonly environment: Environment
  readonly nonces: Nonces
  /** The clock, in seconds; and the later one of it and block time, by which the state decides. */
  readonly nowSeconds: number
  readonly time: number
  /** True for a Host header that means this gateway. */
  readonly isOwnAuthority: boolean
}

/** One answer, whether the key, its owner or the signature is unknown. */
const unknown = () =>
  new CodedError('CREDENTIAL_UNKNOWN', 'No credential of this ledger has this key.')

/** True where a request names somebody, rightly or not. */
export function hasCredentials({ headers }: Pick<ReceivedRequest, 'headers'>): boolean {
  return headers.authorization !== undefined || headers['signature-input'] !== undefined
}

/** The key in such a header; undefined where there is none. */
export function bearerIn(authorization: unknown): string | undefined {
  return /^Bearer +(\S+)$/i.exec(String(authorization ?? ''))?.[1]
}

/** Whose request it is. @throws AUTHENTICATION_*, CREDENTIAL_*, SIGNATURE_*, KEY_*, … */
export function authenticate(request: ReceivedRequest, deps: AuthenticationDeps): Named {
  const { authorization } = request.headers
  const isSigned = request.headers['signature-input'] !== undefined
  if (authorization !== undefined && isSigned) {
    const message = 'Send an API key or a signature, not both.'
    throw new CodedError('AUTHENTICATION_AMBIGUOUS', message)
  }
  if (isSigned) return signer(request, deps)
  if (authorization !== undefined) return keyHolder(bearerIn(authorization) ?? '', deps)
  throw new CodedError('AUTHENTICATION_REQUIRED', 'This is for credentials alone.')
}

/**
 * Whose API key it is. The state knows keys by their hash, so a guess learns nothing from how long
 * the look-up takes; what is found is compared in constant time, and where nothing is found, so is
 * something else.
 * @throws CREDENTIAL_UNKNOWN, CREDENTIAL_WRONG_ENVIRONMENT, KEY_REPLACED
 */
export function keyHolder(
  key: string,
  deps: Pick<AuthenticationDeps, 'objects' | 'environment' | 'time'>,
): Named {
  const { objects, environment, time } = deps
  const [, prefix] = apiKeyPattern.exec(key) ?? []
  if (prefix !== undefined && prefix !== prefixes[environment]) {
    const message = `Keys of this ledger begin with ${prefixes[environment]}_.`
    throw new CodedError('CREDENTIAL_WRONG_ENVIRONMENT', message)
  }
  const hash = sha256(utf8(key))
  const owner = objects.get(apiKeyKey(hash))?.get('credential')
  const credential = namedCredential(objects, typeof owner === 'string' ? owner : '')
  const rows = credential?.apiKeys ?? [{ sha256: new Uint8Array(32), until: 0 }]
  const same = rows.filter((row) => timingSafeEqual(row.sha256, hash))
  const [found] = same
  if (!credential || !found || prefix === undefined) throw unknown()
  if (time < found.until) return credential
  throw new CodedError('KEY_REPLACED', 'Another key took the place of this one.')
}

function signer(request: ReceivedRequest, deps: AuthenticationDeps): Named {
  const { objects, nonces, nowSeconds, time } = deps
  const signature = readSignature(request)
  requireTime(signature, nowSeconds)
  if (!deps.isOwnAuthority) {
    const message = 'The Host header does not name this gateway, so the signature is not for it.'
    throw new CodedError('AUTHORITY_UNKNOWN', message)
  }
  const object = objects.get(`key/${signature.kid}`)
  const owner = String(object?.get('owner'))
  const [kind, id = ''] = owner.split('/')
  const credential = kind === 'credential' ? namedCredential(objects, id) : undefined
  const isRight = isSignedBy(credential && object, signature)
  if (!credential || !isRight || !object) throw unknown()
  requireDigest(request)
  if (object.get('revoked') === true) {
    throw new CodedError('KEY_REVOKED', 'The key that signed was revoked.')
  }
  const until = object.get('until')
  if (typeof until === 'number' && time >= until) {
    throw new CodedError('KEY_REPLACED', 'Another key took the place of the one that signed.')
  }
  takeNonce(nonces.take(signature, nowSeconds))
  return credential
}

function takeNonce(taken: ReturnType<Nonces['take']>): void {
  if (taken === 'fresh') return
  if (taken === 'seen') {
    throw new CodedError('SIGNATURE_REPLAYED', 'This signed request was taken before.')
  }
  const message = 'Too many nonces are remembered: nothing of this request was used.'
  throw new CodedError('SIGNATURE_CACHE_FULL', message, { retryable: true })
}
