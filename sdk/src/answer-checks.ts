import { equalBytes, toHex, utf8 } from './bytes.ts'
import { canonicalJson } from './canonical-json.ts'
import { CodedError, isCodedError } from './errors.ts'
import { idempotencyActId, rowActId } from './idempotency.ts'
import { bytesOf, parseJson } from './json-send.ts'
import {
  type TrustedKeys,
  verifyCheckpoints,
  verifyKeyBundle,
  verifyReceipts,
} from './key-bundle.ts'
import { decodeReceipts, parseReceipt, type SeenSignatures } from './receipt.ts'
import type { NewRecord } from './records-client.ts'
import { decodeStateProof, verifyStateProof } from './state-proof.ts'
import { actContent, parseStatement, type Statement, statementIdentity } from './statement.ts'
import type { AnswerCheck, AnsweringGateway } from './try-gateway.ts'

/** How answers are checked that carry receipts, checkpoints or proofs. */
export interface AnswerChecks {
  readonly keys: TrustedKeys
  submitted(statements: readonly Uint8Array[]): AnswerCheck
  written(service: string, idempotencyKey: string, records: Written): AnswerCheck
  receipt(index: number, statement: Uint8Array | undefined): AnswerCheck
  checkpoint(height: number | undefined): AnswerCheck
  state(key: string): AnswerCheck
  readonly keyBundle: AnswerCheck
}

/** One record, or those of a batch: their acts are made in another way. */
export type Written = NewRecord | readonly NewRecord[]

/** What an answer says of an entry; nothing of it is believed. */
type Claimed = {
  readonly outcome?: unknown
  readonly index?: unknown
  readonly height?: unknown
  readonly receipt?: unknown
  readonly statement?: unknown
}

type Verify = (keys: TrustedKeys) => void

/** Keys change with the validators; a fresh bundle of the gateway is verified by the old one. */
export function createAnswerChecks(ledger: string, given: TrustedKeys): AnswerChecks {
  let keys = given
  const seen: SeenSignatures = new Set()

  async function holding(from: AnsweringGateway, verify: Verify): Promise<void> {
    try {
      verify(keys)
    } catch (error) {
      if (!isCodedError(error)) throw error
      const newer = needsNewerKeys(error) ? newerKeys(await from.ask('/keys'), keys) : undefined
      if (!newer) throw lie(from, error.message, error)
      keys = newer
      await holding(from, verify)
    }
  }

  const check = (verify: (body: Uint8Array, keys: TrustedKeys) => void): AnswerCheck => {
    return (body, from) => holding(from, (now) => verify(body, now))
  }

  /** `isSame` says whether these registered bytes are of what was sent. */
  function entry(one: Claimed, isSame: (bytes: Uint8Array) => boolean, now: TrustedKeys): void {
    if (one.outcome === 'refused') return
    const statement = bytesOf(one.statement)
    if (!isSame(statement)) throw wrong('it shows another statement than was sent')
    if (one.receipt === 'pending') return
    const { index, height } = verifyReceipts(statement, [bytesOf(one.receipt)], now, seen)
    if (index !== one.index) throw wrong(`the receipt is of entry ${index}, not ${one.index}`)
    if (height !== one.height) throw wrong(`the receipt is of block ${height}, not ${one.height}`)
  }

  return {
    get keys() {
      return keys
    },
    submitted: (statements) =>
      check((body, now) => {
        const outcomes = outcomesIn(body, statements.length)
        for (const [place, sent] of statements.entries()) {
          const one = outcomes[place] ?? {}
          entry(one, (bytes) => isSameStatement(bytes, sent, one.outcome), now)
        }
      }),
    written: (service, idempotencyKey, written) => {
      const acts = expectedActs(idempotencyKey, written)
      return check((body, now) => {
        const isBatch = Array.isArray(written)
        const outcomes = isBatch ? outcomesIn(body, acts.length) : [parseJson<Claimed>(body)]
        for (const [place, act] of acts.entries()) {
          entry(outcomes[place] ?? {}, (bytes) => isOfAct(bytes, act, { ledger, service }), now)
        }
      })
    },
    receipt: (index, statement) =>
      check((body, now) => {
        for (const one of decodeReceipts(body).map(parseReceipt)) {
          if (one.proof.index !== index) throw wrong(`the receipt is not of entry ${index}`)
          if (one.anchor.ledger !== ledger) throw wrong('the receipt is of another ledger')
        }
        if (statement) verifyReceipts(statement, [body], now, seen)
      }),
    checkpoint: (height) =>
      check((body, now) => verifyCheckpoint(parseJson(body), height, now, seen)),
    state: (key) => check((body, now) => verifyState(parseJson(body), key, now, seen)),
    keyBundle: async (body, from) => {
      const newer = await newerOrLie(body, from, keys)
      if (newer) keys = newer
    },
  }
}

/** The gateway signs with keys that are not known yet, or with more of them. */
function needsNewerKeys({ code }: CodedError): boolean {
  return code === 'RECEIPT_WRONG_KEY' || code === 'RECEIPT_NOT_FINAL'
}

/** Keys that follow more changes: one that leaves a change out would bring removed keys back. */
function newerKeys(bundle: Uint8Array, known: TrustedKeys): TrustedKeys | undefined {
  if (known.ledger === null) return undefined
  try {
    const keys = verifyKeyBundle(bundle, known.ledger)
    return keys.changes > known.changes ? keys : undefined
  } catch {
    return undefined
  }
}

async function newerOrLie(body: Uint8Array, from: AnsweringGateway, known: TrustedKeys) {
  if (known.ledger === null) return undefined
  try {
    verifyKeyBundle(body, known.ledger)
  } catch (error) {
    throw lie(from, isCodedError(error) ? error.message : 'its key bundle is broken', error)
  }
  return newerKeys(body, known)
}

/** Why an answer counts as none, and its gateway is left for the next. */
export function lie({ url: gateway }: AnsweringGateway, why: string, cause: unknown): CodedError {
  const message = `${gateway} answered what does not hold: ${why}`
  return new CodedError('GATEWAY_LIES', message, { retryable: true, details: { gateway }, cause })
}

/** What is wrong with an answer, before it is known whose it is. */
function wrong(what: string): CodedError {
  return new CodedError('GATEWAY_ANSWER_INVALID', `${what}.`)
}

function outcomesIn(body: Uint8Array, count: number): readonly Claimed[] {
  const { outcomes } = parseJson<{ outcomes?: unknown }>(body)
  if (Array.isArray(outcomes) && outcomes.length === count) return outcomes
  throw wrong('it has another number of outcomes than was sent')
}

/** A new entry is what was sent; a repeat is the same act, as it was registered first. */
function isSameStatement(bytes: Uint8Array, sent: Uint8Array, outcome: unknown): boolean {
  if (equalBytes(bytes, sent)) return true
  if (outcome === 'appended') return false
  const [found, own] = [parseStatement(bytes), parseStatement(sent)]
  const isOneAct = equalBytes(statementIdentity(found), statementIdentity(own))
  return isOneAct && equalBytes(actContent(found), actContent(own))
}

/** What a city node must have signed for one record. */
type ExpectedAct = {
  readonly id: Uint8Array
  readonly key: string | undefined
  /** Undefined where the value is private: only a commitment to it is registered. */
  readonly content: { readonly type: string; readonly payload: Uint8Array } | undefined
}

function expectedActs(idempotencyKey: string, written: Written): ExpectedAct[] {
  const id = idempotencyActId(idempotencyKey)
  if (!isBatch(written)) return [expectedAct(id, written)]
  return written.map((record, row) => expectedAct(rowActId(id, row), record))
}

const isBatch = (written: Written): written is readonly NewRecord[] => Array.isArray(written)

function expectedAct(id: Uint8Array, record: NewRecord): ExpectedAct {
  // As it goes over the wire: what JSON leaves out, nobody registers.
  const sent: NewRecord = JSON.parse(JSON.stringify(record))
  if (sent.private) return { id, key: sent.key, content: undefined }
  const payload = utf8(canonicalJson(sent.value))
  return { id, key: sent.key, content: { type: sent.contentType ?? 'application/json', payload } }
}

function isOfAct(
  bytes: Uint8Array,
  { id, key, content }: ExpectedAct,
  { ledger, service }: { readonly ledger: string; readonly service: string },
): boolean {
  const { claims, contentType, payload }: Statement = parseStatement(bytes)
  const isPlaced = claims.aud === ledger && claims.sub === service && claims.key === key
  if (!isPlaced || !claims.cti || !equalBytes(claims.cti, id)) return false
  return !content || (contentType === content.type && equalBytes(payload, content.payload))
}

type ClaimedCheckpoint = {
  readonly [part: string]: unknown
  readonly checkpoints?: unknown
}

/** A block that too few have signed yet says nothing that could be checked. */
function verifyCheckpoint(
  claimed: ClaimedCheckpoint,
  height: number | undefined,
  keys: TrustedKeys,
  seen: SeenSignatures,
): Uint8Array | undefined {
  const signed = Array.isArray(claimed.checkpoints) ? claimed.checkpoints.map(bytesOf) : []
  if (height !== undefined && claimed.height !== height) throw wrong('it is of another block')
  if (signed.length === 0) return undefined
  const found = verifyCheckpoints(signed, keys, seen)
  const [logRoot, stateRoot] = [toHex(found.logRoot), toHex(found.stateRoot)]
  const parts = { height: found.height, time: found.time, size: found.size, logRoot, stateRoot }
  for (const [name, value] of Object.entries(parts)) {
    if (claimed[name] !== value) throw wrong(`its ${name} is not the one that is signed`)
  }
  return found.stateRoot
}

type ClaimedState = {
  readonly key?: unknown
  readonly value?: unknown
  readonly proof?: unknown
  readonly checkpoint?: ClaimedCheckpoint
}

function verifyState(
  claimed: ClaimedState,
  key: string,
  keys: TrustedKeys,
  seen: SeenSignatures,
): void {
  if (claimed.key !== key) throw wrong('it is of another key')
  const stateRoot = verifyCheckpoint(claimed.checkpoint ?? {}, undefined, keys, seen)
  if (!stateRoot) return
  const value = claimed.value === null ? null : bytesOf(claimed.value)
  verifyStateProof(decodeStateProof(bytesOf(claimed.proof)), { stateRoot, key, value })
}
