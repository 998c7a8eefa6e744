import { createWriteStream, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { CodedError } from '@openbsn/sdk'
import type { Clock } from '../../kernel/clock.ts'
import { importLedger } from '../../ledger/export/import-ledger.ts'
import { importSnapshot } from '../../ledger/export/import-snapshot.ts'
import { validatorsAt } from '../../ledger/modules/validators.ts'
import { openLedger } from '../../ledger/open-ledger.ts'
import type { ChainStart } from '../../ledger/sequencers/cometbft/comet-home.ts'
import type { ChainFacts } from '../../ledger/sequencers/cometbft/light-blocks.ts'
import { credentialPolicy } from '../../services/credential-module.ts'
import { homePaths } from '../create-home.ts'
import { takenFile } from '../fill-home.ts'
import { modules } from '../modules.ts'

/**
 * How a joiner comes to the ledger: by a `snapshot` of what its validators signed, or by executing
 * every entry again itself.
 */
export type LedgerSource = 'snapshot' | 'replay'

export type TakeLedgerOptions = {
  readonly home: string
  /** Id of the ledger. */
  readonly id: string
  readonly by: LedgerSource
}

export type TakeLedgerDeps = {
  readonly clock: Clock
  readonly onFailure: (error: Error) => void
  readonly onProgress?: (progress: { readonly entries: number; readonly total: number }) => void
}

export type TakenLedger = {
  /** How the chain of the network began. */
  readonly start: ChainStart
  /** After a snapshot: what blocks of the chain must fit that CometBFT begins behind. */
  readonly facts: ChainFacts | undefined
}

/** Asks the gateway that invited, at a path below that of the way in. */
type Ask = (path: string) => Promise<Response>

/**
 * Takes the ledger into a data folder. Everything about how its chain begins follows from that, and
 * it is verified from the ledger's id on: a gateway cannot lie.
 * @throws JOIN_FAILED, EXPORT_*
 */
export async function takeLedger(
  options: TakeLedgerOptions,
  ask: Ask,
  deps: TakeLedgerDeps,
): Promise<TakenLedger> {
  const { home, by } = options
  const file = join(home, takenFile)
  try {
    const { body } = await ask(by === 'replay' ? '/history' : '/snapshot')
    const target = createWriteStream(file, { mode: 0o600 })
    await pipeline(Readable.fromWeb(body as ReadableStream), target).catch((cause: Error) => {
      throw joinFailed(`the ledger was not fetched to its end (${cause.message})`, cause)
    })
    return by === 'replay'
      ? { start: await replay(file, options, deps), facts: undefined }
      : await restore(file, options, deps)
  } finally {
    rmSync(file, { force: true })
  }
}

async function replay(
  file: string,
  { home, id }: TakeLedgerOptions,
  { clock, onFailure, onProgress }: TakeLedgerDeps,
): Promise<ChainStart> {
  const { ledger: folder } = homePaths(home)
  const progress = onProgress ? { onProgress } : {}
  const rules = { modules, recordPolicy: credentialPolicy }
  await importLedger(file, folder, { ledger: id, ...progress }, rules)
  const options = { folder, workers: 1 }
  const ledger = openLedger(options, { clock, signer: undefined, ...rules, onFailure })
  try {
    const { height, time, appHash } = ledger.head
    const validators = validatorsAt(ledger, height + 1)
    return { ledger: id, initialHeight: height + 1, time, appHash, validators }
  } finally {
    await ledger.close()
  }
}

async function restore(
  file: string,
  { home, id }: TakeLedgerOptions,
  { onProgress }: TakeLedgerDeps,
): Promise<TakenLedger> {
  const { ledger: folder } = homePaths(home)
  const progress = onProgress ? { onProgress } : {}
  const taken = await importSnapshot(file, folder, { ledger: id, ...progress }, { modules })
  const { height, appHash, keys, start: before } = taken
  if (!before) throw joinFailed('the snapshot is of no network')
  const initialHeight = before.height + 1
  const validators = keys.validatorsAt(initialHeight)
  const start = {
    ledger: id,
    initialHeight,
    time: before.time,
    appHash: before.appHash,
    validators,
  }
  return { start, facts: { height, appHash, validatorsAt: keys.validatorsAt } }
}

/** A `JOIN_FAILED` to throw. */
export const joinFailed = (what: string, cause?: unknown) =>
  new CodedError('JOIN_FAILED', `The node did not join: ${what.replace(/\.$/, '')}.`, { cause })
