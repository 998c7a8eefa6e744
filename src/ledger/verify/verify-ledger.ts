import { availableParallelism } from 'node:os'
import { encode } from './cbor.ts'
import { checkGenesis, number } from './check-genesis.ts'
import { checkUnique } from './check-identities.ts'
import { checkRuns } from './check-runs.ts'
import { checkState } from './check-state.ts'
import { checkStrays } from './check-strays.ts'
import { type Finding, findingOf, wrong } from './finding.ts'
import { sha256 } from './hashes.ts'
import { blockAt } from './read-chunks.ts'
import { type Snapshot, takeSnapshot } from './snapshot.ts'
import { createVerifyPool } from './verify-pool.ts'
import { walkBlocks } from './walk-blocks.ts'

export type VerifyOptions = {
  /** The id that the ledger must have; without it, the one that its entries are made out to. */
  readonly ledger?: string
  /** Threads for signatures; one per core where not said. */
  readonly workers?: number
  /** Told now and then how many entries are verified, out of all. */
  readonly onProgress?: (progress: { readonly entries: number; readonly total: number }) => void
  readonly signal?: AbortSignal
}

export type VerifyReport = {
  readonly ok: boolean
  /** The first thing that is wrong; undefined where nothing is. */
  readonly finding: Finding | undefined
  /** The last block of the snapshot that was verified, and what was verified in all. */
  readonly ledger: string | undefined
  readonly height: number
  /**
   * The last block, where its validators' signatures do not make it final yet: in a network, who
   * has just come or stopped just now gets them with the next block. Undefined where all is final.
   */
  readonly pendingHeight: number | undefined
  readonly blocks: number
  readonly entries: number
  readonly tiles: number
  /** Keys of the state. */
  readonly keys: number
  readonly runs: number
  /** In hex; undefined where something is wrong. */
  readonly appHash: string | undefined
  readonly seconds: number
}

/** What is known so far, for the report of a verification that ends early. */
type Progress = { -readonly [K in Exclude<keyof VerifyReport, 'ok' | 'seconds'>]: VerifyReport[K] }

/**
 * Recomputes a ledger from its genesis, with code that shares nothing with what writes it: every
 * form, hash, signature, right and effect, and everything that is stored beside them. `folder` is
 * the ledger's own folder. The node may run: what is verified is one moment, the start.
 * Projections are not looked at: they are rebuilt from the entries.
 * @throws VERIFY_NO_LEDGER, VERIFY_NEWER; what is wrong in the ledger is in the report
 */
export async function verifyLedger(
  folder: string,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const started = performance.now()
  const progress: Progress = {
    finding: undefined,
    ledger: undefined,
    height: 0,
    pendingHeight: undefined,
    blocks: 0,
    entries: 0,
    tiles: 0,
    keys: 0,
    runs: 0,
    appHash: undefined,
  }
  const snapshot = await takeSnapshot(folder)
  try {
    await verify(snapshot, options, progress)
  } catch (error) {
    progress.finding = findingOf(error)
    if (!progress.finding) throw error
  } finally {
    await snapshot.close()
  }
  const seconds = (performance.now() - started) / 1000
  return { ok: progress.finding === undefined, ...progress, seconds }
}

async function verify(
  snapshot: Snapshot,
  { ledger, workers = availableParallelism(), onProgress, signal }: VerifyOptions,
  progress: Progress,
): Promise<void> {
  const replay = checkGenesis(snapshot, ledger)
  progress.ledger = replay.ledger
  const head = number(snapshot.meta.get('head'))
  if (head === undefined) throw wrong('block', 'head', 'which block is the last cannot be read')
  const total = totalOf(snapshot, head)
  const pool = createVerifyPool({ workers }, { findKey: (kid) => replay.findKey(kid) })
  try {
    const onEntries = (entries: number) => {
      progress.entries = entries
      onProgress?.({ entries, total })
    }
    const options = { head, onEntries, signal, jobsMax: workers * 4 }
    const { log, pendingHeight } = await walkBlocks(options, { snapshot, replay, pool })
    Object.assign(progress, { height: head, pendingHeight, blocks: head, tiles: log.tiles })
    checkStrays(snapshot, { head, size: log.size })
    log.requireNoOthers()
    checkUnique(snapshot, log.size)
    progress.keys = checkState(snapshot, replay.state)
    checkRuns(snapshot, log.size)
    progress.runs = snapshot.runs?.list.length ?? 0
    const { logRoot, stateRoot } = blockAt(snapshot, head)
    progress.appHash = sha256(encode([log.size, logRoot, stateRoot])).toString('hex')
  } finally {
    await pool.close()
  }
}

/** For the progress alone: a damaged last block is named when its turn comes. */
function totalOf(snapshot: Snapshot, head: number): number {
  try {
    const { firstIndex, count } = blockAt(snapshot, head)
    return firstIndex + count
  } catch {
    return 0
  }
}
