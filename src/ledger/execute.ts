import { equalBytes, limits, parseStatement } from '@openbsn/sdk'
import type { AuthorityFields } from '../crypto/check-messages.ts'
import type { CheckedStatement } from '../crypto/check-pool.ts'
import type { Refusal } from '../crypto/check-statement.ts'
import type { Proposal } from './application.ts'
import { type Authority, type AuthorityRules, decideAuthority, type Rights } from './authority.ts'
import type { SubmitOutcome } from './ledger.ts'
import { readPayload } from './modules/module.ts'
import { crossesStep, QuotaCount, type QuotaDays } from './quota-count.ts'
import { StateOverlay, type StateReader } from './state/state-view.ts'
import { votedActs } from './voted-acts.ts'

/** What executing a block may ask of the ledger below it. */
export type ExecutionBase = {
  readonly rules: AuthorityRules
  readonly state: StateReader
  readonly logSize: number
  /** Index of a registered entry with this identity. */
  findEntry(statement: CheckedStatement): number | undefined
  /** What a repeat of that entry must share, and the block that has it. */
  contentOf(index: number): Uint8Array
  heightOf(index: number): number
  /** Rights to write records, kept from block to block until an act changes the state. */
  readonly writers: WeakMap<AuthorityFields, Authority>
  /** Counts that the state does not have yet. */
  readonly quotas: QuotaDays
}

export type Executed = {
  readonly outcomes: readonly SubmitOutcome[]
  readonly appended: readonly CheckedStatement[]
  readonly overlay: StateOverlay
  /** True where an act changed the state: rights must be decided anew. */
  readonly hasActs: boolean
  /** Counts of this block that the state does not have after it; undefined where it has all. */
  readonly quotas: QuotaDays | undefined
}

/**
 * Decides every statement of a proposal, in order, from the state and the block's time alone.
 * A function of its input: no clock, no chance, no writing.
 */
export function executeStatements(proposal: Proposal, base: ExecutionBase): Executed {
  return new BlockExecution(proposal, base).run()
}

class BlockExecution {
  readonly #proposal: Proposal
  readonly #base: ExecutionBase
  readonly #overlay: StateOverlay
  readonly #appended: CheckedStatement[] = []
  /** Entries of this block by identity. */
  readonly #own = new Map<string, { readonly index: number; readonly content: Uint8Array }>()
  /** Decisions hold until an act of this block changes the state. */
  #authorities = new Map<AuthorityFields, Authority>()
  #writers: WeakMap<AuthorityFields, Authority>
  #hasActs = false
  readonly #quotas: QuotaCount

  constructor(proposal: Proposal, base: ExecutionBase) {
    this.#proposal = proposal
    this.#base = base
    this.#overlay = new StateOverlay(base.state)
    this.#writers = base.writers
    this.#quotas = new QuotaCount(base.state, base.quotas, proposal.time)
  }

  run(): Executed {
    const outcomes = this.#proposal.statements.map((statement) => this.#one(statement))
    const { logSize } = this.#base
    const [appended, hasActs, overlay] = [this.#appended, this.#hasActs, this.#overlay]
    const isDue = hasActs || crossesStep(logSize, logSize + appended.length)
    if (isDue) this.#quotas.writeTo(overlay)
    return { outcomes, appended, overlay, hasActs, quotas: isDue ? undefined : this.#quotas.own }
  }

  #one(statement: CheckedStatement): SubmitOutcome {
    const { claim, rights } = this.#authority(statement.authority)
    if (claim) return { outcome: 'refused', ...claim }
    const known = this.#known(statement)
    if (known) return known
    const refusal = 'code' in rights ? rights : this.#refusal(statement, rights)
    if (refusal) return { outcome: 'refused', ...refusal }
    const index = this.#base.logSize + this.#appended.length
    this.#appended.push(statement)
    this.#own.set(identityText(statement), { index, content: statement.content })
    return { outcome: 'appended', index, height: this.#proposal.height }
  }

  #authority(fields: AuthorityFields): Authority {
    const { height, time } = this.#proposal
    const decided = this.#authorities.get(fields) ?? this.#writers.get(fields)
    if (decided && isStillGood(decided, time)) return decided
    const block = { state: this.#overlay, height, time }
    const authority = decideAuthority(this.#base.rules, fields, block)
    this.#authorities.set(fields, authority)
    if (!authority.claim && isRecordRight(authority.rights)) this.#writers.set(fields, authority)
    return authority
  }

  /** The first entry of the same act, or the conflict with it. */
  #known(statement: CheckedStatement): SubmitOutcome | undefined {
    const own = this.#own.get(identityText(statement))
    const index = own?.index ?? this.#base.findEntry(statement)
    if (index === undefined) return undefined
    const content = own?.content ?? this.#base.contentOf(index)
    const height = own ? this.#proposal.height : this.#base.heightOf(index)
    return repeatOf(statement, { index, content, height })
  }

  #refusal(statement: CheckedStatement, rights: Rights): Refusal | undefined {
    const { time } = this.#proposal
    const { iat, exp } = statement
    if (iat > time + limits.clockSkewMax) {
      return { code: 'ISSUED_IN_FUTURE', detail: `iat is ${iat}; the ledger's time is ${time}.` }
    }
    if (exp !== undefined && exp <= time) {
      return { code: 'STATEMENT_EXPIRED', detail: `exp is ${exp}; the ledger's time is ${time}.` }
    }
    if (rights.kind === 'act') return this.#act(statement, rights)
    return rights.quota && this.#quotas.take(rights.quota)
  }

  #act(
    { bytes, exp, isAct, authority }: CheckedStatement,
    { owner, handler, isLongLived }: Extract<Rights, { kind: 'act' }>,
  ): Refusal | undefined {
    const { height, time } = this.#proposal
    const most = limits.controlLifetimeMax
    if (!isAct || exp === undefined || (exp > time + most && !isLongLived)) {
      const detail = `A control statement needs cti, and exp at most ${most} s ahead.`
      return { code: 'EXPIRY_REQUIRED', detail }
    }
    const payload = readPayload(parseStatement(bytes).payload)
    if (!(payload instanceof Map)) return payload
    const { contentType, kid } = authority
    const index = this.#base.logSize + this.#appended.length
    const attempt = new StateOverlay(this.#overlay)
    const act = { contentType, payload, owner, kid, height, index, time, exp }
    const refusal = handler(act, attempt, votedActs(this.#base.rules.modules, act))
    if (refusal) return refusal
    this.#overlay.takeOver(attempt)
    this.#hasActs = true
    this.#authorities = new Map()
    this.#writers = new WeakMap()
    return undefined
  }
}

type FirstEntry = {
  readonly index: number
  readonly content: Uint8Array
  readonly height: number
}

/** What a statement is beside the first entry of its act: a repeat, or in conflict with it. */
export function repeatOf(
  { content }: Pick<CheckedStatement, 'content'>,
  { index, content: first, height }: FirstEntry,
): SubmitOutcome {
  if (equalBytes(first, content)) return { outcome: 'duplicate', index, height }
  const detail = `Entry ${index} has the same cti but another payload, content type or key.`
  return { outcome: 'refused', code: 'ACT_ID_CONFLICT', detail }
}

function isRecordRight(rights: Rights | Refusal): rights is Extract<Rights, { kind: 'record' }> {
  return 'kind' in rights && rights.kind === 'record'
}

function isStillGood({ rights }: Authority, time: number): boolean {
  return !isRecordRight(rights) || time < rights.until
}

function identityText({ identity }: CheckedStatement): string {
  return Buffer.from(identity.buffer, identity.byteOffset, identity.length).toString('latin1')
}
