import { join } from 'node:path'
import {
  algorithmById,
  checkpointSigStructure,
  encodeAnchor,
  equalBytes,
  toHex,
  type Validator,
  validatorDelay,
} from '@openbsn/sdk'
import {
  type CheckedStatement,
  type CheckResult,
  createCheckPool,
  isRefusal,
} from '../../crypto/check-pool.ts'
import { createVerifier, type Verifier } from '../../crypto/native.ts'
import { assert } from '../../kernel/assert.ts'
import { openStore } from '../../storage/store.ts'
import type { Execution } from '../application.ts'
import { sizeAfter } from '../blocks.ts'
import { DedupeIndex, emptyManifest } from '../dedupe/dedupe-index.ts'
import type { Block } from '../ledger.ts'
import { LedgerApplication, runsFolder, storeFolder } from '../ledger-application.ts'
import { LedgerStore } from '../ledger-store.ts'
import { LogTree } from '../log/log-tree.ts'
import { findKey, keysModule } from '../modules/keys.ts'
import type { Module, RecordPolicy } from '../modules/module.ts'
import { validatorsAt, validatorsKey, validatorsModule } from '../modules/validators.ts'
import { damaged, type ExportedBlock } from './export-format.ts'

/** A ledger that is being made from exported blocks. */
export interface Replay {
  readonly head: Block
  /** Entries so far. */
  readonly size: number
  /** Takes the next block; it is executed a little later. @throws EXPORT_DAMAGED */
  add(block: ExportedBlock): Promise<void>
  /** Executes what waits. @throws EXPORT_DAMAGED */
  finish(): Promise<void>
  close(): Promise<void>
}

export type ReplayOptions = {
  /** Of a ledger that was just made: it has its genesis and nothing else. */
  readonly folder: string
  readonly ledger: string
  readonly workers: number
}

export type ReplayDeps = {
  /** Modules above the ledger, beside its own. */
  readonly modules: readonly Module[]
  readonly recordPolicy: RecordPolicy
}

type Waiting = { readonly block: ExportedBlock; readonly checked: Promise<CheckResult[]> }

/** Statements whose signatures are verified ahead of their block. */
const aheadMax = 4000

/** Opens the ledger without waiting for the disk: who makes it syncs it at the end. */
export function openReplay(options: ReplayOptions, deps: ReplayDeps): Replay {
  const failure = Promise.withResolvers<never>()
  // Heard by the races below; a failure between them must not end the process by itself.
  failure.promise.catch(() => undefined)
  const { application, close } = openApplication(options, deps, failure.reject)
  const signatures = new SignatureCheck(options.ledger, application.store)
  const waiting: Waiting[] = []
  let ahead = 0

  async function executeFirst(): Promise<void> {
    const next = waiting.shift()
    if (!next) return
    ahead -= next.block.statements.length
    await Promise.race([execute(next), failure.promise])
  }

  async function execute({ block, checked }: Waiting): Promise<void> {
    const { height, time } = block
    const { head } = application
    if (height !== head.height + 1) throw damaged(`block ${height} follows block ${head.height}`)
    if (time < head.time) throw damaged(`block ${height} is older than the one before`)
    const statements = usable(await checked) ?? (await again(block))
    const execution = application.execute({ height, time, statements })
    requireSame(execution, block)
    signatures.require(block, sizeAfter(execution.block))
    await application.commit(execution, block.signatures)
  }

  /** A key that a block before registers is unknown to a check ahead of it. */
  async function again({ height, time, statements }: ExportedBlock) {
    const results = await application.check(statements)
    const proposal = application.process({ height, time }, results)
    if ('code' in proposal) throw damaged(`block ${height}: ${proposal.detail}`)
    return proposal.statements
  }

  return {
    get head() {
      return application.head
    },
    get size() {
      return sizeAfter(application.head)
    },
    add: async (block) => {
      waiting.push({ block, checked: application.check(block.statements) })
      ahead += block.statements.length
      while (ahead > aheadMax && waiting.length > 1) await executeFirst()
    },
    finish: async () => {
      while (waiting.length > 0) await executeFirst()
    },
    close,
  }
}

function openApplication(
  { folder, ledger, workers }: ReplayOptions,
  { modules, recordPolicy }: ReplayDeps,
  onFailure: (error: Error) => void,
) {
  const path = join(folder, storeFolder)
  const store = new LedgerStore(openStore({ folder: path, durable: false }, { onFailure }))
  const head = store.block(0)
  assert(head !== undefined, 'a ledger that was just made has its genesis block')
  const runs = { folder: join(folder, runsFolder), manifest: emptyManifest }
  const dedupe = new DedupeIndex(runs, { onFailure })
  const pool = createCheckPool({ workers }, { findKey: (kid) => findKey(store, kid), onFailure })
  const all = [keysModule, validatorsModule, ...modules]
  const rules = { ledger, modules: new Map(all.map((one) => [one.name, one])), recordPolicy }
  const log = new LogTree(store)
  const own = { pool, quotas: new Map(), onBlock: () => {} }
  const parts = { ...own, rules, store, log, dedupe, head, folder }
  const application = Object.assign(new LedgerApplication(parts), { store })
  const close = async () => {
    await pool.close()
    await dedupe.close()
    await store.close()
  }
  return { application, close }
}

function usable(results: readonly CheckResult[]): CheckedStatement[] | undefined {
  const statements: CheckedStatement[] = []
  for (const result of results) {
    if (isRefusal(result)) return undefined
    statements.push(result)
  }
  return statements
}

/** Everything is appended again, and leads to the same roots. */
function requireSame({ block, outcomes }: Execution, exported: ExportedBlock): void {
  const { height, logRoot, stateRoot } = exported
  const place = outcomes.findIndex(({ outcome }) => outcome !== 'appended')
  const bad = outcomes[place]
  if (bad) {
    const why = bad.outcome === 'refused' ? bad.detail : `it repeats entry ${bad.index}`
    throw damaged(`entry ${block.firstIndex + place} of block ${height}: ${why}`)
  }
  if (equalBytes(block.logRoot, logRoot) && equalBytes(block.stateRoot, stateRoot)) return
  throw damaged(`the entries of block ${height} do not lead to its roots`)
}

type Signer = Validator & { readonly holds: Verifier }

/** Whether a block's validators signed it. */
class SignatureCheck {
  readonly #ledger: string
  readonly #store: LedgerStore
  /** The validators by the state that names them: keys are decoded once. */
  #known: { readonly state: Uint8Array; readonly signers: Signer[] } | undefined
  /** Blocks for which a change of the state can still mean another set. */
  #unsettled = 0

  constructor(ledger: string, store: LedgerStore) {
    this.#ledger = ledger
    this.#store = store
  }

  /** More than two thirds of the power, nothing else. @throws EXPORT_DAMAGED */
  require(block: ExportedBlock, size: number): void {
    const { height, time, stateRoot, logRoot, signatures } = block
    const signers = this.#signersAt(height)
    const left = new Map(signers.map((one) => [toHex(one.kid), one]))
    for (const { kid, algorithm, signature } of signatures) {
      const signer = left.get(toHex(kid))
      left.delete(toHex(kid))
      const known = algorithmById(algorithm)
      const anchor = { ledger: this.#ledger, size, height, time, stateRoot }
      const holds =
        signer !== undefined &&
        signer.algorithm === known &&
        signature.length === 64 &&
        signer.holds(checkpointSigStructure(encodeAnchor(anchor, known, kid), logRoot), signature)
      if (!holds) throw damaged(`a signature of block ${height} does not hold`)
    }
    const powerOf = (list: Iterable<Signer>) => [...list].reduce((sum, one) => sum + one.power, 0)
    if (powerOf(left.values()) * 3 < powerOf(signers)) return
    throw damaged(`block ${height} is not signed by its validators`)
  }

  #signersAt(height: number): Signer[] {
    const state = this.#store.get(validatorsKey)
    assert(state !== undefined, 'the state has validators')
    if (!this.#known || !equalBytes(this.#known.state, state)) this.#unsettled = validatorDelay + 1
    if (this.#unsettled > 0) {
      this.#known = { state, signers: validatorsAt(this.#store, height).map(withVerifier) }
      this.#unsettled--
    }
    return this.#known?.signers ?? []
  }
}

function withVerifier(one: Validator): Signer {
  return { ...one, holds: createVerifier(one.algorithm, one.raw) }
}
