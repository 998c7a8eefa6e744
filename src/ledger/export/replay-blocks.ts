import { join } from 'node:path'
import { equalBytes } from '@openbsn/sdk'
import {
  type CheckedStatement,
  type CheckResult,
  createCheckPool,
  isRefusal,
} from '../../crypto/check-pool.ts'
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
import { ValidatorSets } from '../modules/validator-sets.ts'
import { validatorsModule } from '../modules/validators.ts'
import { BlockSignatures } from './block-signatures.ts'
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
  const sets = new ValidatorSets()
  const signatures = new BlockSignatures({
    ledger: options.ledger,
    validatorsAt: (height) => sets.at(application.store, height),
  })
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
    if ('unfit' in proposal) throw damaged(`block ${height}: ${proposal.unfit}`)
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
