import { sha256 } from '#sha256'
import { toHex, utf8 } from './bytes.ts'
import { thumbprint } from './cose-key.ts'
import { CodedError } from './errors.ts'
import type { Signer } from './signer.ts'

/** HTTP message signatures (RFC 9421) and content digests (RFC 9530), as gateways ask for them. */

/** Name of a covered part of a request, and its value, in the order in which they are signed. */
export type SignedComponent = readonly [name: string, value: string]

/** What a signature says of itself; times are seconds since 1970. */
export type HttpSignatureParams = {
  readonly created: number
  readonly expires: number
  /** 1 to 64 characters; used once. */
  readonly nonce: string
  /** Hex thumbprint of the key. */
  readonly keyid: string
  readonly alg: string
}

/** The names of RFC 9421 for the algorithms of COSE; the last two are our own. */
const names: Readonly<Record<string, string>> = {
  EdDSA: 'ed25519',
  ES256: 'ecdsa-p256-sha256',
  ES256K: 'ecdsa-secp256k1-sha256',
  SM2: 'sm2-sm3',
}

/** The algorithm's name in a signature's `alg`. @throws ALGORITHM_UNKNOWN */
export function httpAlgorithmName(algorithm: { readonly name: string }): string {
  const name = Object.hasOwn(names, algorithm.name) ? names[algorithm.name] : undefined
  if (name !== undefined) return name
  throw new CodedError('ALGORITHM_UNKNOWN', `${algorithm.name} signs no HTTP requests.`)
}

/** The text that is signed (RFC 9421, section 2.5); `params` is the serialized inner list. */
export function signatureBase(components: readonly SignedComponent[], params: string): string {
  const lines = components.map(([name, value]) => `"${name}": ${value}`)
  return [...lines, `"@signature-params": ${params}`].join('\n')
}

/** `Content-Digest` of a body, by SHA-256. */
export function contentDigest(body: Uint8Array): string {
  return `sha-256=:${base64(sha256(body))}:`
}

export type RequestToSign = {
  readonly method: string
  /** Absolute. */
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** Absent or empty where the request has none. */
  readonly body?: Uint8Array
}

export type RequestSignatureOptions = {
  /** Now, in seconds since 1970. */
  readonly created: number
  /** How long the signature may be used, in seconds: at most 300. */
  readonly lifetime?: number
  /** Unique for the key: a gateway takes each once. 16 random bytes in base64url will do. */
  readonly nonce: string
}

/** Headers that change what a request means: where they are sent, they are signed. */
const meaningful = ['content-type', 'idempotency-key'] as const

/**
 * Signs a request: gives the headers to send with it, beside its own. A gateway takes such a
 * request once.
 * @throws ALGORITHM_UNKNOWN
 */
export async function signRequest(
  request: RequestToSign,
  signer: Signer,
  { created, lifetime = 60, nonce }: RequestSignatureOptions,
): Promise<Record<string, string>> {
  const { host, pathname, search } = new URL(request.url)
  const digest = request.body?.length ? contentDigest(request.body) : undefined
  const sent = Object.entries(request.headers ?? {}).map(
    ([name, value]) => [name.toLowerCase(), value.trim()] as const,
  )
  const components: SignedComponent[] = [
    ['@method', request.method.toUpperCase()],
    ['@authority', host],
    ['@path', pathname],
    ['@query', search === '' ? '?' : search],
    ...sent.filter(([name]) => meaningful.some((one) => one === name)),
    ...(digest === undefined ? [] : [['content-digest', digest] as const]),
  ]
  const { key } = signer
  const keyid = toHex(thumbprint(key))
  const alg = httpAlgorithmName(key.algorithm)
  const params = serialize(components, { created, expires: created + lifetime, nonce, keyid, alg })
  const signature = await signer.sign(utf8(signatureBase(components, params)))
  return {
    ...(digest === undefined ? {} : { 'content-digest': digest }),
    'signature-input': `sig=${params}`,
    signature: `sig=:${base64(signature)}:`,
  }
}

function serialize(
  components: readonly SignedComponent[],
  { created, expires, nonce, keyid, alg }: HttpSignatureParams,
): string {
  const list = components.map(([name]) => `"${name}"`).join(' ')
  const times = `created=${created};expires=${expires}`
  return `(${list});${times};nonce=${quoted(nonce)};keyid="${keyid}";alg="${alg}"`
}

const quoted = (text: string) => `"${text.replace(/[\\"]/g, '\\$&')}"`

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}
