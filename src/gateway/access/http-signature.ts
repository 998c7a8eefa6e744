import { hash } from 'node:crypto'
import {
  algorithmByName,
  CodedError,
  decodeCoseKey,
  equalBytes,
  httpAlgorithmName,
  limits,
  type SignedComponent,
  signatureBase,
  utf8,
} from '@openbsn/sdk'
import { createVerifier, type Verifier } from '../../crypto/native.ts'
import { assert } from '../../kernel/assert.ts'
import type { StateObject } from '../../ledger/state/state-view.ts'
import {
  type BareItem,
  type Dictionary,
  type InnerList,
  parseDictionary,
  serializeInnerList,
} from './structured-fields.ts'

/** A request as it came over the wire. */
export type ReceivedRequest = {
  readonly method: string
  /** Path and query, as sent. */
  readonly target: string
  /** Lower-case, without the port that the protocol has by itself. */
  readonly authority: string
  /** Values of all lines of one name are joined by a comma. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Empty where there was none. */
  readonly body: BodyDigests
}

/** Digests of a body as it came. */
export type BodyDigests = {
  readonly bytes: number
  readonly sha256: Uint8Array
  readonly sha512: Uint8Array
}

/** What a signature says, before anybody has verified it. */
export type RequestSignature = {
  readonly kid: string
  readonly alg: string
  readonly created: number
  readonly expires: number
  readonly nonce: string
  readonly base: Uint8Array
  readonly signature: Uint8Array
}

const lifetimeMax = 300
const required = ['@method', '@authority', '@path', '@query']
/** Headers that change what a request means: where they are sent, they are signed. */
const meaningful = ['content-type', 'idempotency-key']

const invalid = (what: string) => new CodedError('SIGNATURE_HEADERS_INVALID', `${what}.`)

/**
 * Reads the one signature of a request: form, covered parts, parameters. Nothing is verified yet.
 * @throws SIGNATURE_HEADERS_INVALID
 */
export function readSignature(request: ReceivedRequest): RequestSignature {
  const inputs = dictionary(request, 'signature-input')
  const signatures = dictionary(request, 'signature')
  const [label, ...others] = inputs.keys()
  if (label === undefined || others.length > 0 || signatures.size !== 1) {
    throw invalid('Signature-Input and Signature have one member each')
  }
  const input = inputs.get(label)
  const found = signatures.get(label)
  if (!input || !('items' in input)) throw invalid('Signature-Input is an inner list')
  if (!found || 'items' in found || !(found.value instanceof Uint8Array) || found.params.size > 0) {
    throw invalid('Signature has bytes under the label of Signature-Input')
  }
  const base = signatureBase(componentsOf(input, request), serializeInnerList(input))
  return { ...paramsOf(input), base: utf8(base), signature: found.value }
}

function dictionary({ headers }: ReceivedRequest, name: string): Dictionary {
  const text = headers[name]
  const read = typeof text === 'string' ? parseDictionary(text) : undefined
  if (read) return read
  throw invalid(`${name} is no dictionary of RFC 9651, or has a label twice`)
}

function componentsOf(input: InnerList, request: ReceivedRequest): SignedComponent[] {
  const names = input.items.map(({ value, params }) => {
    if (typeof value === 'string' && params.size === 0) return value
    throw invalid('Components are strings without parameters')
  })
  if (new Set(names).size < names.length) throw invalid('A component is covered twice')
  const hasBody = request.body.bytes > 0
  const sent = meaningful.filter((name) => request.headers[name] !== undefined)
  for (const name of [...required, ...sent, ...(hasBody ? ['content-digest'] : [])]) {
    if (!names.includes(name)) throw invalid(`The signature does not cover ${name}`)
  }
  return names.map((name) => [name, valueFor(name, request)])
}

function valueFor(name: string, { method, target, authority, headers }: ReceivedRequest): string {
  const [path = '', ...query] = target.split('?')
  if (name === '@method') return method
  if (name === '@authority') return authority
  if (name === '@path') return path
  if (name === '@query') return `?${query.join('?')}`
  const value =
    /^[a-z0-9-]+$/.test(name) && Object.hasOwn(headers, name) ? headers[name] : undefined
  if (typeof value === 'string') return value.trim()
  throw invalid(`${JSON.stringify(name)} is covered, but not there, or not known here`)
}

function paramsOf({ params }: InnerList): Omit<RequestSignature, 'base' | 'signature'> {
  const known = ['created', 'expires', 'nonce', 'keyid', 'alg']
  for (const name of params.keys()) {
    if (!known.includes(name)) throw invalid(`The parameter ${name} is not known here`)
  }
  const number = (name: string) => {
    const value = params.get(name)
    if (typeof value === 'number' && value >= 0) return value
    throw invalid(`${name} is a whole number of seconds`)
  }
  const text = (name: string, isGood: RegExp) => {
    const value: BareItem | undefined = params.get(name)
    if (typeof value === 'string' && isGood.test(value)) return value
    throw invalid(`${name} is missing, or not as it should be`)
  }
  return {
    created: number('created'),
    expires: number('expires'),
    nonce: text('nonce', /^.{1,64}$/),
    kid: text('keyid', /^[0-9a-f]{64}$/),
    alg: text('alg', /^[a-z0-9-]{1,32}$/),
  }
}

/** @throws SIGNATURE_TIME_INVALID */
export function requireTime({ created, expires }: RequestSignature, nowSeconds: number): void {
  const why =
    created > nowSeconds + limits.clockSkewMax
      ? `created is ${created}: that is in the future`
      : expires <= nowSeconds
        ? `expires is ${expires}: that is over`
        : expires <= created || expires - created > lifetimeMax
          ? `expires comes 1 to ${lifetimeMax} s after created`
          : undefined
  if (why === undefined) return
  throw new CodedError('SIGNATURE_TIME_INVALID', `${why}; the time here is ${nowSeconds}.`)
}

type RequestKey = { readonly alg: string; readonly verify: Verifier }

/** Parsed once for as long as the state has the object; an ECDSA key costs as much as verifying. */
const keys = new WeakMap<StateObject, RequestKey>()
/** The base point of Ed25519: what holds under it is refused as well, it only takes its time. */
const decoy = createVerifier(edDsa(), Uint8Array.of(0x58, ...new Uint8Array(31).fill(0x66)))

function edDsa() {
  const found = algorithmByName('EdDSA')
  assert(found !== undefined, 'Ed25519 is in the table')
  return found
}

/**
 * Whether the key of a state object made the signature. An unknown key costs the same as a wrong
 * signature and ends the same.
 */
export function isSignedBy(
  object: StateObject | undefined,
  { alg, base, signature }: RequestSignature,
): boolean {
  const key = object ? requestKey(object) : { alg, verify: decoy }
  const isRight = signature.length === 64 && key.verify(base, signature)
  return isRight && object !== undefined && key.alg === alg
}

function requestKey(object: StateObject): RequestKey {
  const known = keys.get(object)
  if (known) return known
  const bytes = object.get('key')
  const { algorithm, raw } = decodeCoseKey(bytes instanceof Uint8Array ? bytes : new Uint8Array())
  const key = { alg: httpAlgorithmName(algorithm), verify: createVerifier(algorithm, raw) }
  keys.set(object, key)
  return key
}

/**
 * Every digest that is known must be that of the body, and one must be known.
 * @throws SIGNATURE_HEADERS_INVALID, CONTENT_DIGEST_MISMATCH
 */
export function requireDigest(request: ReceivedRequest): void {
  const { headers, body } = request
  if (headers['content-digest'] === undefined) return
  const told = dictionary(request, 'content-digest')
  const known = { 'sha-256': body.sha256, 'sha-512': body.sha512 }
  const names = Object.keys(known).filter((name) => told.has(name)) as (keyof typeof known)[]
  if (names.length === 0) throw invalid('Content-Digest has neither sha-256 nor sha-512')
  for (const name of names) {
    const item = told.get(name)
    const isBytes = item && 'value' in item && item.value instanceof Uint8Array
    if (!isBytes) throw invalid('A digest is bytes')
    if (equalBytes(item.value as Uint8Array, known[name])) continue
    throw new CodedError('CONTENT_DIGEST_MISMATCH', `The body has another ${name} digest.`)
  }
}

/** Digests of a request without a body. */
export const noBody: BodyDigests = {
  bytes: 0,
  sha256: hash('sha256', '', 'buffer'),
  sha512: hash('sha512', '', 'buffer'),
}
