import { equalBytes, toHex } from './bytes.ts'
import { type CborValue, encodeCbor } from './cbor.ts'
import { decodeCbor } from './cbor-reader.ts'
import { fromPem } from './cose-key.ts'
import { CodedError } from './errors.ts'
import {
  decodeGenesis,
  decodeValidators,
  type Genesis,
  ledgerIdOf,
  type Validator,
  validator,
} from './genesis.ts'
import {
  type BlockAnchor,
  type Checkpoint,
  decodeReceipts,
  parseCheckpoint,
  parseReceipt,
  type Receipt,
  rootOfReceipt,
  type SeenSignatures,
  verifyAnchorSignature,
} from './receipt.ts'
import { parseStatement } from './statement.ts'

/**
 * A ledger's trust root: its genesis, whose hash is the ledger's id, and every change of its
 * validators as the statement that made it, with receipts signed by the validators before it.
 */
export type KeyBundle = {
  readonly genesis: Uint8Array
  readonly changes: readonly {
    readonly statement: Uint8Array
    readonly receipts: readonly Uint8Array[]
  }[]
}

/** The module and content type that replace the set of validators. */
export const validatorsModule = 'bsn:validators'
export const validatorsUpdateType = 'application/vnd.openbsn.validators-update+cbor'
const allianceModule = 'bsn:alliance'
const executeType = 'application/vnd.openbsn.alliance-execute+cbor'
/** A set that is decided in block H signs from block H + 2 on, as in CometBFT. */
export const validatorDelay = 2

/** Whose signatures count. Made by `verifyKeyBundle` or `keysFromPem`. */
export interface TrustedKeys {
  /** Null where only bare keys were given. */
  readonly ledger: string | null
  readonly genesis: Genesis | null
  /** How many changes of the validators it follows. */
  readonly changes: number
  validatorsAt(height: number): readonly Validator[]
  /** Those of every height, each key once. */
  readonly everyValidator: readonly Validator[]
}

const format = 'openbsn-keys-1'

/** For a file or an answer. It is only put together; `verifyKeyBundle` checks. */
export function encodeKeyBundle({ genesis, changes }: KeyBundle): Uint8Array {
  const list = changes.map(({ statement, receipts }): CborValue => [statement, [...receipts]])
  return encodeCbor([format, genesis, list])
}

function invalid(message: string): CodedError {
  return new CodedError('KEY_BUNDLE_INVALID', `Key bundle: ${message}`)
}

/** @throws KEY_BUNDLE_INVALID, CBOR_* */
export function decodeKeyBundle(bytes: Uint8Array): KeyBundle {
  const value = decodeCbor(bytes)
  const [kind, genesis, changes, ...rest] = Array.isArray(value) ? value : []
  if (kind !== format || rest.length > 0) throw invalid('unknown format.')
  if (!(genesis instanceof Uint8Array) || !Array.isArray(changes)) throw invalid('misses a part.')
  return { genesis, changes: changes.map(decodeChange) }
}

function decodeChange(value: CborValue): KeyBundle['changes'][number] {
  const [statement, receipts, ...rest] = Array.isArray(value) ? value : []
  if (!(statement instanceof Uint8Array) || !Array.isArray(receipts) || rest.length > 0) {
    throw invalid('a change is [statement, receipts].')
  }
  const isBytes = (item: CborValue): item is Uint8Array => item instanceof Uint8Array
  if (!receipts.every(isBytes)) throw invalid('receipts are bytes.')
  return { statement, receipts }
}

/**
 * Follows the validators from genesis through every change. `ledger` is the id that the caller
 * trusts; without it the bundle vouches only for itself.
 * @throws KEY_BUNDLE_INVALID, GENESIS_INVALID, KEY_INVALID, RECEIPT_*, STATEMENT_*, CBOR_*
 */
export function verifyKeyBundle(bytes: Uint8Array, ledger?: string): TrustedKeys {
  const bundle = decodeKeyBundle(bytes)
  const id = ledgerIdOf(bundle.genesis)
  if (ledger !== undefined && ledger !== id) throw invalid(`is of ledger ${id}, not ${ledger}.`)
  const genesis = decodeGenesis(bundle.genesis)
  const sets = [{ from: 0, validators: genesis.validators as readonly Validator[] }]
  const keys: TrustedKeys = {
    ledger: id,
    genesis,
    get changes() {
      return sets.length - 1
    },
    validatorsAt: (height) => sets.findLast(({ from }) => from <= height)?.validators ?? [],
    get everyValidator() {
      return eachOnce(sets.flatMap(({ validators }) => validators))
    },
  }
  let before = -1
  for (const { statement, receipts } of bundle.changes) {
    const { height, index } = verifyReceipts(statement, receipts, keys)
    const from = height + validatorDelay
    // By index too: of two changes in one block the later one counts.
    if (index <= before || from < (sets.at(-1)?.from ?? 0)) {
      throw invalid('changes are out of order.')
    }
    before = index
    sets.push({ from, validators: validatorsOfUpdate(statement, sets.length) })
  }
  return keys
}

/** `expect` is the version that the change replaces, so a change that was left out shows. */
function validatorsOfUpdate(bytes: Uint8Array, expect: number): readonly Validator[] {
  const act = decodeCbor(updateIn(bytes))
  if (!(act instanceof Map) || act.get('expect') !== expect) throw invalid('a change is missing.')
  return decodeValidators(act.get('validators'))
}

/**
 * Payload of the one update that a statement makes: by itself, or among the acts of a proposal that
 * it executes. A ledger registers an execution only where the proposal passed and every act ran.
 */
function updateIn(bytes: Uint8Array): Uint8Array {
  const { claims, contentType, payload } = parseStatement(bytes)
  if (claims.sub === validatorsModule && contentType === validatorsUpdateType) return payload
  const execution = claims.sub === allianceModule && contentType === executeType
  const acts = execution ? decodeCbor(payload) : undefined
  const list = acts instanceof Map ? acts.get('acts') : undefined
  const updates = (Array.isArray(list) ? list : []).flatMap((one) => {
    const [sub, type, inner] = Array.isArray(one) ? one : []
    const isUpdate = sub === validatorsModule && type === validatorsUpdateType
    return isUpdate && inner instanceof Uint8Array ? [inner] : []
  })
  const [update] = updates
  if (!update || updates.length > 1) throw invalid('a change is no update of the validators.')
  return update
}

/** Bare keys, each of equal weight, trusted at every height of any ledger. @throws KEY_INVALID */
export function keysFromPem(pem: string): TrustedKeys {
  const validators = eachOnce(fromPem(pem).map((key) => validator(key, 1)))
  const everyValidator = validators
  return { ledger: null, genesis: null, changes: 0, validatorsAt: () => validators, everyValidator }
}

function eachOnce(validators: readonly Validator[]): readonly Validator[] {
  return [...new Map(validators.map((one) => [toHex(one.kid), one])).values()]
}

/** What a verified receipt says: this entry stands at `index` of that ledger since that time. */
export type Verified = BlockAnchor & {
  readonly index: number
  readonly logRoot: Uint8Array
  /** Thumbprints of the keys that signed, in hex. */
  readonly signers: readonly string[]
}

/**
 * Verifies that `entry`, byte for byte, is in the log. With no server and no clock. Each of
 * `receipts` is one receipt, or what `encodeReceipts` made of several. Who verifies many of one
 * block passes the same `seen`.
 * @throws RECEIPT_MALFORMED, RECEIPT_UNKNOWN_MEMBER, RECEIPT_PROOF_INVALID, RECEIPT_WRONG_LEDGER,
 * RECEIPT_WRONG_KEY, RECEIPT_SIGNATURE_INVALID, RECEIPT_NOT_FINAL
 */
export function verifyReceipts(
  entry: Uint8Array,
  receipts: readonly Uint8Array[],
  keys: TrustedKeys,
  seen?: SeenSignatures,
): Verified {
  const parsed = receipts.flatMap(decodeReceipts).map(parseReceipt)
  const roots = parsed.map((receipt) => rootOfReceipt(entry, receipt))
  const index = parsed[0]?.proof.index ?? 0
  if (parsed.some(({ proof }) => proof.index !== index)) {
    throw new CodedError('RECEIPT_PROOF_INVALID', 'The receipts are not of one place in the log.')
  }
  const { anchor, logRoot, signers } = verifySignatures(parsed, roots, keys, seen)
  return { ...anchor, index, logRoot, signers }
}

export type VerifiedCheckpoint = Omit<Verified, 'index'>

/** Verifies a block's signed checkpoint. @throws RECEIPT_* as `verifyReceipts` */
export function verifyCheckpoints(
  checkpoints: readonly Uint8Array[],
  keys: TrustedKeys,
  seen?: SeenSignatures,
): VerifiedCheckpoint {
  const parsed = checkpoints.map(parseCheckpoint)
  const verified = verifySignatures(
    parsed,
    parsed.map((one) => one.logRoot),
    keys,
    seen,
  )
  return { ...verified.anchor, logRoot: verified.logRoot, signers: verified.signers }
}

/** One root and one anchor, signed by more than two thirds of the power at that height. */
function verifySignatures(
  signed: readonly (Receipt | Checkpoint)[],
  roots: readonly Uint8Array[],
  keys: TrustedKeys,
  seen: SeenSignatures | undefined,
) {
  const [first] = signed
  const [logRoot] = roots
  if (!first || !logRoot) throw new CodedError('RECEIPT_MALFORMED', 'No receipt was given.')
  const { anchor } = first
  if (keys.ledger !== null && anchor.ledger !== keys.ledger) {
    const message = `The receipt is of ledger ${anchor.ledger}, the keys are of ${keys.ledger}.`
    throw new CodedError('RECEIPT_WRONG_LEDGER', message)
  }
  const validators = keys.validatorsAt(anchor.height)
  const signers = new Map<string, number>()
  signed.forEach((one, i) => {
    if (!sameAnchor(one, first) || !equalBytes(roots[i] ?? logRoot, logRoot)) {
      throw new CodedError('RECEIPT_PROOF_INVALID', 'The receipts are not of one block.')
    }
    const key = validators.find(({ kid }) => equalBytes(kid, one.kid)) ?? validators[0]
    if (!key) throw new CodedError('RECEIPT_WRONG_KEY', 'No key is given for this height.')
    verifyAnchorSignature(one, logRoot, key, seen)
    signers.set(toHex(one.kid), key.power)
  })
  requireQuorum(validators, signers)
  return { anchor, logRoot, signers: [...signers.keys()] }
}

function sameAnchor({ anchor: a }: Receipt | Checkpoint, { anchor: b }: Receipt | Checkpoint) {
  return (
    a.ledger === b.ledger &&
    a.size === b.size &&
    a.height === b.height &&
    a.time === b.time &&
    equalBytes(a.stateRoot, b.stateRoot)
  )
}

function requireQuorum(validators: readonly Validator[], signers: ReadonlyMap<string, number>) {
  const sum = (powers: Iterable<number>) => [...powers].reduce((total, power) => total + power, 0)
  const total = sum(validators.map(({ power }) => power))
  const signed = sum(signers.values())
  if (signed * 3 > total * 2) return
  throw new CodedError(
    'RECEIPT_NOT_FINAL',
    `Signed by ${signed} of ${total} voting power; more than two thirds are needed.`,
    { details: { signed, total } },
  )
}
