import { sha256 } from '#sha256'
import { type Algorithm, algorithmById, algorithms } from './algorithms.ts'
import { concat, fromUtf8 } from './bytes.ts'
import { type CborValue, cborError, encodeCbor, Tagged } from './cbor.ts'
import { CborReader } from './cbor-reader.ts'
import { type PublicKey, thumbprint } from './cose-key.ts'
import { CodedError } from './errors.ts'
import { limits } from './limits.ts'
import type { Signer } from './signer.ts'

/** CWT claims in the protected header (RFC 8392, RFC 9597), and two of ours. Times in seconds. */
export type Claims = {
  readonly iss: string
  /** The service, or a module's reserved name. */
  readonly sub: string
  /** The ledger's id. */
  readonly aud: string
  readonly iat: number
  readonly exp?: number
  /** The sender's own id for this act: 1 to 64 bytes. */
  readonly cti?: Uint8Array
  /** The credential that a city node acts for, where the node signs (key-trust). */
  readonly credential?: string
  /** What the record is about: `bsn record get` finds a record, and its history, by it. */
  readonly key?: string
}

/** A parsed COSE_Sign1 (RFC 9052, section 4.2). All byte fields are views on the input. */
export type Statement = {
  readonly algorithm: Algorithm
  readonly contentType: string
  /** RFC 9679 thumbprint of the signing key, 32 bytes. */
  readonly kid: Uint8Array
  readonly claims: Claims
  readonly protectedBytes: Uint8Array
  readonly payload: Uint8Array
  readonly signature: Uint8Array
}

/** Labels of the protected header (RFC 9052, section 3.1; RFC 9597). */
export const headerLabel = { alg: 1, contentType: 3, kid: 4, claims: 15 } as const
/** Claim keys: RFC 8392, and private use (below -65536) for `credential` and `key`. */
export const claimLabel = {
  iss: 1,
  sub: 2,
  aud: 3,
  exp: 4,
  iat: 6,
  cti: 7,
  credential: -65537,
  key: -65538,
} as const

export const sign1Tag = 18
/** Names that begin so are modules', not services': a statement to them is a control statement. */
export const reservedPrefix = 'bsn:'
/** Content types that begin so are for control statements alone. */
export const controlTypePrefix = 'application/vnd.openbsn.'

const headerOrder: readonly number[] = Object.values(headerLabel)
const claimOrder: readonly number[] = Object.values(claimLabel)

function fieldError(field: string, rule: string): CodedError {
  return new CodedError('STATEMENT_FIELD_INVALID', `Statement field ${field}: ${rule}`, {
    details: { field },
  })
}

/** What a signature covers (RFC 9052, section 4.4). */
export function sigStructure(protectedBytes: Uint8Array, payload: Uint8Array): Uint8Array {
  return encodeCbor(['Signature1', protectedBytes, new Uint8Array(0), payload])
}

export type StatementInput = {
  readonly contentType: string
  readonly claims: Claims
  readonly payload: Uint8Array
}

/** Signs a statement. The result is what a ledger registers, byte for byte. */
export async function signStatement(input: StatementInput, signer: Signer): Promise<Uint8Array> {
  const protectedBytes = encodeProtected(input, signer)
  const signature = await signer.sign(sigStructure(protectedBytes, input.payload))
  return encodeSign1(protectedBytes, new Map(), input.payload, signature)
}

/** A tagged COSE_Sign1 of parts that are already encoded and signed. */
export function encodeSign1(
  protectedBytes: Uint8Array,
  unprotectedHeader: Map<number, CborValue>,
  payload: Uint8Array | null,
  signature: Uint8Array,
): Uint8Array {
  return encodeCbor(new Tagged(sign1Tag, [protectedBytes, unprotectedHeader, payload, signature]))
}

/** Thumbprints of keys that sign: one signs many statements, and hashing takes a tenth of each. */
const kids = new WeakMap<PublicKey, Uint8Array>()

function kidOf(key: PublicKey): Uint8Array {
  const kid = kids.get(key) ?? thumbprint(key)
  kids.set(key, kid)
  return kid
}

function encodeProtected({ contentType, claims }: StatementInput, signer: Signer): Uint8Array {
  const claimMap = new Map<number, CborValue>()
  for (const [name, label] of Object.entries(claimLabel)) {
    const value = claims[name as keyof Claims]
    if (value !== undefined) claimMap.set(label, value)
  }
  return encodeCbor(
    new Map<number, CborValue>([
      [headerLabel.alg, signer.key.algorithm.id],
      [headerLabel.contentType, contentType],
      [headerLabel.kid, kidOf(signer.key)],
      [headerLabel.claims, claimMap],
    ]),
  )
}

/**
 * Reads the one form that a ledger registers, strictly; signature and rights are not looked at.
 * @throws CBOR_*, STATEMENT_WRONG_TAG, STATEMENT_UNPROTECTED, STATEMENT_UNKNOWN_FIELD,
 * STATEMENT_FIELD_INVALID, STATEMENT_PAYLOAD_TOO_LARGE, ALGORITHM_UNKNOWN
 */
export function parseStatement(bytes: Uint8Array): Statement {
  const { reader, protectedBytes } = openSign1(bytes)
  if (reader.readMapLength() !== 0) {
    throw new CodedError(
      'STATEMENT_UNPROTECTED',
      'The unprotected header must be empty: put everything under the signature.',
    )
  }
  const payload = reader.readBytes()
  if (payload.length > limits.payloadBytesMax) {
    const bytesMax = limits.payloadBytesMax
    throw new CodedError(
      'STATEMENT_PAYLOAD_TOO_LARGE',
      `The payload has ${payload.length} bytes, at most ${bytesMax} may be: register its hash.`,
      { details: { bytes: payload.length, bytesMax } },
    )
  }
  const signature = reader.readBytes()
  if (signature.length !== 64) throw fieldError('signature', 'must be 64 bytes (r ‖ s, never DER).')
  reader.end()
  return { ...readProtected(protectedBytes), protectedBytes, payload, signature }
}

/** Tag, array and protected header of a COSE_Sign1; the reader stands at the unprotected header. */
export function openSign1(bytes: Uint8Array): { reader: CborReader; protectedBytes: Uint8Array } {
  const reader = new CborReader(bytes)
  if (bytes[0] !== 0xd2) {
    throw new CodedError(
      'STATEMENT_WRONG_TAG',
      'Not a COSE_Sign1: it must begin with tag 18 (0xd2).',
    )
  }
  reader.readTag()
  if (reader.readArrayLength() !== 4) throw cborError('CBOR_MALFORMED', 'expected 4 elements', 1)
  return { reader, protectedBytes: reader.readBytes() }
}

/**
 * The next key of a map whose keys are all known, in deterministic order.
 * @throws STATEMENT_UNKNOWN_FIELD, CBOR_DUPLICATE_KEY, CBOR_NOT_DETERMINISTIC
 */
function nextKnownKey(reader: CborReader, order: readonly number[], before: number): number {
  const start = reader.offset
  const key = reader.readKey()
  const place = order.indexOf(key as number)
  if (place === -1) {
    const message = `The statement's header has a field ${key} that is not known here.`
    throw new CodedError('STATEMENT_UNKNOWN_FIELD', message, { details: { field: String(key) } })
  }
  if (place === before) throw cborError('CBOR_DUPLICATE_KEY', `key ${key} twice`, start)
  if (place < before) throw cborError('CBOR_NOT_DETERMINISTIC', 'map keys out of order', start)
  return place
}

type Protected = Pick<Statement, 'algorithm' | 'contentType' | 'kid' | 'claims'>

function readProtected(bytes: Uint8Array): Protected {
  const reader = new CborReader(bytes)
  let algorithm: Algorithm | undefined
  let contentType: string | undefined
  let kid: Uint8Array | undefined
  let claims: Claims | undefined
  const count = reader.readMapLength()
  for (let i = 0, place = -1; i < count; i++) {
    place = nextKnownKey(reader, headerOrder, place)
    if (place === 0) algorithm = readAlgorithm(reader)
    else if (place === 1) contentType = readName(reader, 'content type')
    else if (place === 2) kid = reader.readBytes()
    else claims = readClaims(reader)
  }
  reader.end()
  if (!algorithm) throw fieldError('alg', 'is required.')
  if (contentType === undefined) throw fieldError('content type', 'is required, as text.')
  if (kid?.length !== 32) throw fieldError('kid', 'must be the 32-byte thumbprint of the key.')
  if (!claims) throw fieldError('CWT claims', 'are required.')
  return { algorithm, contentType, kid, claims }
}

function readAlgorithm(reader: CborReader): Algorithm {
  const id = reader.readInteger()
  const algorithm = algorithmById(id)
  if (algorithm) return algorithm
  const known = algorithms.map((one) => `${one.name} (${one.id})`).join(', ')
  throw new CodedError(
    'ALGORITHM_UNKNOWN',
    `Algorithm ${id} is not known here: use one of ${known}.`,
    { details: { algorithm: id } },
  )
}

function readName(reader: CborReader, field: string, lengthMax: number = limits.nameBytesMax) {
  const start = reader.offset
  const bytes = reader.readTextBytes()
  const text = fromUtf8(bytes)
  if (text === undefined) throw cborError('CBOR_MALFORMED', 'text is not UTF-8', start)
  if (bytes.length === 0 || bytes.length > lengthMax) {
    throw fieldError(field, `must be 1 to ${lengthMax} bytes of text.`)
  }
  return text
}

type MutableClaims = { -readonly [K in keyof Claims]?: Claims[K] }

function readClaims(reader: CborReader): Claims {
  const claims: MutableClaims = {}
  const count = reader.readMapLength()
  for (let i = 0, place = -1; i < count; i++) {
    place = nextKnownKey(reader, claimOrder, place)
    readClaim(reader, claimOrder[place], claims)
  }
  const { iss, sub, aud, iat } = claims
  if (iss === undefined) throw fieldError('iss', 'is required.')
  if (sub === undefined) throw fieldError('sub', 'is required: the service, or a module.')
  if (aud === undefined) throw fieldError('aud', "is required: the ledger's id.")
  if (iat === undefined) throw fieldError('iat', 'is required: seconds since 1970.')
  return { ...claims, iss, sub, aud, iat }
}

function readClaim(reader: CborReader, label: number | undefined, claims: MutableClaims): void {
  if (label === claimLabel.iss) claims.iss = readName(reader, 'iss')
  else if (label === claimLabel.sub) claims.sub = readName(reader, 'sub')
  else if (label === claimLabel.aud) claims.aud = readName(reader, 'aud')
  else if (label === claimLabel.exp) claims.exp = reader.readUnsigned()
  else if (label === claimLabel.iat) claims.iat = reader.readUnsigned()
  else if (label === claimLabel.cti) claims.cti = readActId(reader)
  else if (label === claimLabel.credential) claims.credential = readName(reader, 'credential')
  else claims.key = readName(reader, 'key', limits.recordKeyBytesMax)
}

function readActId(reader: CborReader): Uint8Array {
  const id = reader.readBytes()
  if (id.length >= 1 && id.length <= limits.actIdBytesMax) return id
  throw fieldError('cti', `must be 1 to ${limits.actIdBytesMax} bytes.`)
}

/** True where `sub` is a module's reserved name. */
export function isControl({ claims }: Pick<Statement, 'claims'>): boolean {
  return claims.sub.startsWith(reservedPrefix)
}

/**
 * What makes two statements one act: (aud, sub, credential or owner of the key, cti), or without a
 * cti everything that is signed. 32 bytes. `iss` is the key's owner, which a ledger checks, so a
 * retry that is signed with a rotated key is still the same act.
 */
export function statementIdentity(statement: Statement): Uint8Array {
  const { claims, protectedBytes, payload } = statement
  const { aud, sub, iss, credential, cti } = claims
  if (cti === undefined) return sha256(sigStructure(protectedBytes, payload))
  return actIdentity({ ledger: aud, service: sub, by: credential ?? iss, id: cti })
}

/** An act by what its sender knows of it, before there is a statement. */
export type ActName = {
  readonly ledger: string
  readonly service: string
  /** The credential in whose name it is, or the owner of the key. */
  readonly by: string
  readonly id: Uint8Array
}

/** The `statementIdentity` that every statement of this act has. */
export function actIdentity({ ledger, service, by, id }: ActName): Uint8Array {
  return sha256(encodeCbor([ledger, service, by, id]))
}

/** What two statements with one `cti` must share, or they are in conflict. 32 bytes. */
export function actContent({ contentType, claims, payload }: Statement): Uint8Array {
  return sha256(encodeCbor([contentType, claims.key ?? null, sha256(payload)]))
}

/** RFC 9162, section 2.1.1: the leaf is over exactly the registered bytes. */
export function leafHash(entry: Uint8Array): Uint8Array {
  return sha256(leafPrefix, entry)
}

const leafPrefix = Uint8Array.of(0)

/** The statement with a receipt in its unprotected header (label 394, RFC 9942): for exchange. */
export function toTransparentStatement(entry: Uint8Array, receipt: Uint8Array): Uint8Array {
  const { protectedBytes, payload, signature } = parseStatement(entry)
  return encodeSign1(protectedBytes, new Map([[394, [receipt]]]), payload, signature)
}

/** Many statements as one request body: a CBOR sequence (RFC 8742) of byte strings. */
export function encodeBatch(statements: readonly Uint8Array[]): Uint8Array {
  return concat(...statements.map(encodeCbor))
}
