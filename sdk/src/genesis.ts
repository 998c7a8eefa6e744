import { sha256 } from '#sha256'
import { toHex } from './bytes.ts'
import { type CborMap, type CborValue, encodeCbor } from './cbor.ts'
import { decodeCbor } from './cbor-reader.ts'
import { decodeCoseKey, encodeCoseKey, type PublicKey, thumbprint } from './cose-key.ts'
import { CodedError } from './errors.ts'

/** A key that signs blocks, with its weight among the others. */
export type Validator = PublicKey & {
  readonly kid: Uint8Array
  readonly power: number
  /** Ed25519 key (32 bytes) that the validator's consensus engine votes with, where it has one. */
  readonly consensusKey?: Uint8Array
}

/** What a ledger begins with. Its hash is the ledger's id, so the id alone pins the first keys. */
export type Genesis = {
  /** The alliance's name, for people. */
  readonly name: string
  /** Seconds since 1970. */
  readonly time: number
  /** 16 random bytes: two ledgers of one name and one second still differ. */
  readonly nonce: Uint8Array
  /** The founding member and its first key. */
  readonly member: { readonly id: string; readonly key: PublicKey }
  readonly validators: readonly Validator[]
  /** `sandbox`: of a ledger that may be dropped. Live where it is not said. */
  readonly environment?: Environment
  /** Of a group: the id of its alliance's root ledger. */
  readonly root?: string
}

export type Environment = 'live' | 'sandbox'

const format = 'openbsn-genesis-1'

function invalid(message: string): CodedError {
  return new CodedError('GENESIS_INVALID', `Genesis: ${message}`)
}

/** A key with its thumbprint and its voting power, a whole number from 1. */
export function validator(key: PublicKey, power: number): Validator {
  return { ...key, kid: thumbprint(key), power }
}

/**
 * As genesis and validator updates hold them, in the given order: [COSE_Key, power], and as a third
 * the consensus key where there is one.
 */
export function encodeValidators(validators: readonly Validator[]): CborValue[] {
  return validators.map(({ consensusKey, ...one }) => {
    const pair = [encodeCoseKey(one), one.power]
    return consensusKey ? [...pair, consensusKey] : pair
  })
}

/** @throws GENESIS_INVALID for an empty set, a power below 1 or a repeated key; KEY_INVALID */
export function decodeValidators(value: CborValue | undefined): Validator[] {
  if (!Array.isArray(value) || value.length === 0) throw invalid('needs a validator.')
  const validators = value.map(decodeValidator)
  const keys = validators.flatMap(({ kid, consensusKey }) =>
    consensusKey ? [toHex(kid), toHex(consensusKey)] : [toHex(kid)],
  )
  if (new Set(keys).size !== keys.length) throw invalid('the same validator key twice.')
  return validators
}

function decodeValidator(value: CborValue): Validator {
  const [key, power, consensusKey, ...rest] = Array.isArray(value) ? value : []
  if (!(key instanceof Uint8Array) || rest.length > 0) {
    throw invalid('validator is [key, power], or [key, power, consensus key].')
  }
  if (typeof power !== 'number' || power < 1 || power > 2 ** 31) {
    throw invalid('power is a whole number from 1 to 2^31.')
  }
  const one = validator(decodeCoseKey(key), power)
  if (consensusKey === undefined) return one
  if (!(consensusKey instanceof Uint8Array) || consensusKey.length !== 32) {
    throw invalid('a consensus key has 32 bytes.')
  }
  return { ...one, consensusKey }
}

/** The bytes whose hash is the ledger's id: same genesis, same bytes. */
export function encodeGenesis(genesis: Genesis): Uint8Array {
  const { name, time, nonce, member, validators, environment = 'live', root } = genesis
  return encodeCbor(
    new Map<string, CborValue>([
      ['format', format],
      ['name', name],
      ['time', time],
      ['nonce', nonce],
      ['member', [member.id, encodeCoseKey(member.key)]],
      ['validators', encodeValidators(validators)],
      // Live ones keep the bytes, and so the ids, that they had before there were others.
      ...(environment === 'live' ? [] : ([['environment', environment]] as const)),
      ...(root === undefined ? [] : ([['root', root]] as const)),
    ]),
  )
}

/** @throws GENESIS_INVALID, KEY_INVALID, CBOR_* */
export function decodeGenesis(bytes: Uint8Array): Genesis {
  const map = decodeCbor(bytes)
  if (!(map instanceof Map) || map.get('format') !== format) throw invalid('unknown format.')
  const [name, time, nonce] = [map.get('name'), map.get('time'), map.get('nonce')]
  if (typeof name !== 'string' || name === '') throw invalid('name is a text.')
  if (typeof time !== 'number' || time < 0) throw invalid('time is in seconds since 1970.')
  if (!(nonce instanceof Uint8Array) || nonce.length !== 16) throw invalid('nonce has 16 bytes.')
  const more = decodeMore(map)
  if (map.size !== 6 + Object.keys(more).length) throw invalid('unknown field.')
  const validators = decodeValidators(map.get('validators'))
  return { name, time, nonce, member: decodeMember(map), validators, ...more }
}

/** The members that most ledgers do not have. */
function decodeMore(map: CborMap): Pick<Genesis, 'environment' | 'root'> {
  const [environment, root] = [map.get('environment'), map.get('root')]
  if (environment !== undefined && environment !== 'sandbox') {
    throw invalid('environment is sandbox, or left out.')
  }
  if (root !== undefined && !(typeof root === 'string' && isLedgerId(root))) {
    throw invalid("root is a ledger's id, or left out.")
  }
  return { ...(environment ? { environment } : {}), ...(root ? { root } : {}) }
}

function decodeMember(map: CborMap): Genesis['member'] {
  const pair = map.get('member')
  const [id, key, ...rest] = Array.isArray(pair) ? pair : []
  if (typeof id !== 'string' || !(key instanceof Uint8Array) || rest.length > 0) {
    throw invalid('member is [id, key].')
  }
  return { id, key: decodeCoseKey(key) }
}

/** True for what `ledgerIdOf` gives. */
export const isLedgerId = (text: string) => /^bsn1[0-9a-f]{40}$/.test(text)

/** `bsn1` and the first 20 bytes of the genesis document's SHA-256, in hex. */
export function ledgerIdOf(genesis: Uint8Array): string {
  return `bsn1${toHex(sha256(genesis).subarray(0, 20))}`
}
