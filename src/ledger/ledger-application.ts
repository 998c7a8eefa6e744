import { copyFileSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { AuthorityFields } from '../crypto/check-messages.ts'
import {
  type CheckedStatement,
  type CheckPool,
  type CheckResult,
  isRefusal,
} from '../crypto/check-pool.ts'
import { isOwnStatement, type Submission } from '../crypto/own-statement.ts'
import { assert } from '../kernel/assert.ts'
import type { Application, Execution, Proposal, StatementIdentity, Unfit } from './application.ts'
import type { Authority, AuthorityRules } from './authority.ts'
import { appHashOf, sizeAfter } from './blocks.ts'
import type { DedupeIndex } from './dedupe/dedupe-index.ts'
import { executeStatements, repeatOf } from './execute.ts'
import type { Block, BlockSignature, SubmitOutcome } from './ledger.ts'
import type { LedgerStore } from './ledger-store.ts'
import type { LogTree } from './log/log-tree.ts'
import { findQuota, type QuotaDay, type QuotaDays } from './quota-count.ts'
import { requireSoftware } from './required-software.ts'
import { planState } from './state/state-tree.ts'

export type ApplicationParts = {
  readonly rules: AuthorityRules
  readonly store: LedgerStore
  readonly log: LogTree
  readonly dedupe: DedupeIndex
  readonly pool: CheckPool
  readonly head: Block
  /** Counts that the state does not have at `head`. */
  readonly quotas: QuotaDays
  /** Version of the program; not compared with what the members decided where absent. */
  readonly software?: string | undefined
  /** The folder that the store and the runs lie in. */
  readonly folder: string
  /** Told of each block with its entries, when it is the head. */
  readonly onBlock: (block: Block, entries: readonly CheckedStatement[]) => void
}

/** Bounds of one block: at 20,000 statements a second, about four groups' worth. */
const blockStatementsMax = 20_000
const blockBytesMax = 16 * 1024 * 1024

/** Folders of a ledger, under its own. */
export const storeFolder = 'store'
export const runsFolder = 'dedupe'

const isForeign = (one: Submission): one is Uint8Array => !isOwnStatement(one)

/** The one application of a ledger, over its store. */
export class LedgerApplication implements Application {
  readonly #parts: ApplicationParts
  #head: Block
  #writers = new WeakMap<AuthorityFields, Authority>()
  #quotas: Map<string, QuotaDay>

  constructor(parts: ApplicationParts) {
    this.#parts = parts
    this.#head = parts.head
    this.#quotas = new Map(parts.quotas)
  }

  get head(): Block {
    return this.#head
  }

  async check(statements: readonly Submission[]): Promise<CheckResult[]> {
    const foreign = statements.filter(isForeign)
    if (foreign.length === statements.length) return this.#parts.pool.check(foreign)
    const checked = foreign.length === 0 ? [] : await this.#parts.pool.check(foreign)
    let next = 0
    return statements.map((one) => {
      const result = isOwnStatement(one) ? one : checked[next++]
      assert(result !== undefined, 'every statement is checked')
      return result
    })
  }

  prepare(statements: readonly CheckedStatement[]): number {
    let bytes = 0
    let count = 0
    for (const statement of statements) {
      bytes += statement.bytes.length
      if (count === blockStatementsMax || (count > 0 && bytes > blockBytesMax)) break
      count++
    }
    return count
  }

  process(
    { height, time }: Omit<Proposal, 'statements'>,
    results: readonly CheckResult[],
  ): Proposal | Unfit {
    const invalid = (why: string) => ({ unfit: why })
    if (height !== this.#head.height + 1) return invalid(`height ${height} does not come next`)
    if (time < this.#head.time) return invalid(`time ${time} is before that of the last block`)
    const statements: CheckedStatement[] = []
    for (const result of results) {
      if (!isRefusal(result)) statements.push(result)
      else if (result.code !== 'KEY_UNKNOWN') {
        return invalid(`a statement is refused: ${result.detail}`)
      }
    }
    return { height, time, statements }
  }

  known(statement: StatementIdentity): SubmitOutcome | undefined {
    const { dedupe } = this.#parts
    const index = dedupe.find(statement.identity, statement)
    // A commit under way has told the index of its entries, but may fail.
    if (index === undefined || index >= sizeAfter(this.#head)) return undefined
    const found = { index, content: this.#contentOf(index), height: this.#heightOf(index) }
    return repeatOf(statement, found)
  }

  execute(proposal: Proposal): Execution {
    const { rules, store, log, dedupe } = this.#parts
    assert(proposal.height === this.#head.height + 1, 'blocks are executed one after the other')
    assert(proposal.time >= this.#head.time, 'time never decreases')
    const { software } = this.#parts
    if (software !== undefined) requireSoftware(store, proposal.height, software)
    const executed = executeStatements(proposal, {
      rules,
      state: store,
      logSize: log.size,
      findEntry: (statement) => dedupe.find(statement.identity, statement),
      contentOf: (index) => this.#contentOf(index),
      heightOf: (index) => this.#heightOf(index),
      writers: this.#writers,
      quotas: this.#quotas,
    })
    const { appended, overlay } = executed
    const logPlan = log.plan(appended.map(({ leaf }) => leaf))
    const isUnchanged = overlay.changes.size === 0
    const statePlan = isUnchanged
      ? { root: this.#head.stateRoot, pages: new Map() }
      : planState(overlay.changes, store)
    const [logRoot, stateRoot] = [logPlan.root, statePlan.root]
    const block = {
      height: proposal.height,
      time: proposal.time,
      firstIndex: log.size,
      count: appended.length,
      logRoot,
      stateRoot,
      appHash: appHashOf(logPlan.size, logRoot, stateRoot),
    }
    return { ...executed, block, log: logPlan, state: statePlan }
  }

  /** What a credential with a limit has written, as of the last block. */
  quotaOf(credential: string): QuotaDay {
    return findQuota(this.#parts.store, this.#quotas, credential)
  }

  /** Whether the log has an entry of the same act. */
  isRegistered(statement: CheckedStatement): boolean {
    return this.#parts.dedupe.find(statement.identity, statement) !== undefined
  }

  #contentOf(index: number): Uint8Array {
    const record = this.#parts.store.identity(index)
    assert(record !== undefined, `entry ${index} has an identity record`)
    return record.subarray(32, 64)
  }

  #heightOf(index: number): number {
    const entry = this.#parts.store.entry(index)
    assert(entry !== undefined, `entry ${index} is stored`)
    return entry.height
  }

  async commit(
    execution: Execution,
    signatures: readonly BlockSignature[],
    before?: readonly BlockSignature[],
  ): Promise<Block> {
    const { store, log, dedupe } = this.#parts
    const block = { ...execution.block, signatures }
    const signed = before ? { before: { ...this.#head, signatures: before } } : {}
    const tiles = log.fill(execution.log)
    for (const { identity, iat } of execution.appended) dedupe.add(identity, iat)
    const { manifest } = dedupe
    await store.writeBlock({
      ...{ block, ...signed },
      entries: execution.appended,
      tiles,
      values: execution.overlay.changes,
      pages: execution.state.pages,
      manifest,
    })
    log.finish(execution.log)
    dedupe.manifestStored(manifest)
    if (execution.hasActs) this.#writers = new WeakMap()
    if (!execution.quotas) this.#quotas = new Map()
    else for (const [credential, day] of execution.quotas) this.#quotas.set(credential, day)
    this.#head = block
    this.#parts.onBlock(block, execution.appended)
    return block
  }

  async snapshot(folder: string): Promise<void> {
    const { store, dedupe } = this.#parts
    const unpin = dedupe.pin()
    try {
      await store.copyTo(join(folder, storeFolder))
      const runs = join(folder, runsFolder)
      mkdirSync(runs, { recursive: true, mode: 0o700 })
      // More than the copied manifest names does no harm: strays are removed at a start.
      const from = join(this.#parts.folder, runsFolder)
      for (const name of readdirSync(from)) copyFileSync(join(from, name), join(runs, name))
    } finally {
      unpin()
    }
  }
}
