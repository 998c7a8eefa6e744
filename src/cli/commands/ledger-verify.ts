import { CodedError } from '@openbsn/sdk'
import { type VerifyReport, verifyLedger } from '../../ledger/verify/verify-ledger.ts'
import { homePaths } from '../../node/create-home.ts'
import { isNetwork, readNetwork } from '../../node/network/network-file.ts'
import type { Arguments } from '../arguments.ts'
import type { Cli, Command } from '../command.ts'
import { environmentOf, homeOption } from '../connection.ts'
import { createEntriesProgress } from '../entries-progress.ts'
import { exitCode } from '../failure.ts'
import { flag, object, text, whole } from '../json-schema.ts'
import { ledgerPlace, ledgerPlaceOptions } from '../ledger-place.ts'
import { homeOf, readProfile } from '../profile.ts'
import { duration, grouped } from '../put/progress.ts'
import { wholeNumber } from '../values.ts'

const finding = object({ what: text, which: text, why: text, code: text })

export const command: Command = {
  description:
    'Recomputes the ledger in a data folder from its genesis, with code that shares nothing with ' +
    'what wrote it: every hash, signature, right and effect. Names the first block, entry, tile ' +
    'or key that is wrong, and then ends with 9. The network may be up.',
  examples: [
    'bsn ledger verify',
    'bsn ledger verify --home /srv/openbsn --json',
    'bsn ledger verify --environment sandbox',
  ],
  options: {
    ...homeOption,
    ...ledgerPlaceOptions,
    ledger: {
      type: 'string',
      value: 'ID',
      summary: "Id that the ledger must have; the profile's where not said",
    },
    workers: { type: 'string', value: 'N', summary: 'Threads; one per core where not said' },
  },
  output: object({
    ok: flag,
    'finding?': finding,
    'ledger?': text,
    height: whole,
    'pendingHeight?': whole,
    blocks: whole,
    entries: whole,
    tiles: whole,
    keys: whole,
    runs: whole,
    'appHash?': text,
    seconds: { type: 'number' },
  }),
  run,
}

async function run(args: Arguments, cli: Cli): Promise<number | undefined> {
  const { out } = cli
  const signal = cli.interrupted()
  const own = ledgerPlace(args)
  const workers = wholeNumber(args, 'workers', { min: 1, max: 256 })
  const ledger = args.optional('ledger') ?? (await knownLedger(args, own))
  const progress = createEntriesProgress('verifying', out)
  try {
    const folder = homePaths(own).ledger
    const report = await verifyLedger(folder, {
      ...(ledger === undefined ? {} : { ledger }),
      ...(workers === undefined ? {} : { workers }),
      onProgress: progress.show,
      signal,
    })
    progress.end()
    out.answer(report, describe(report))
    if (!report.finding) return undefined
    const { what, which, why, code } = report.finding
    throw new CodedError(code, `${what} ${which}: ${why}`, { details: { what, which } })
  } catch (error) {
    if (!signal.aborted) throw error
    out.note('interrupted: nothing was changed')
    return exitCode.interrupted
  } finally {
    progress.end()
  }
}

/** A copy or an import has no profile: it is verified for what it says to be. */
async function knownLedger(args: Arguments, own: string): Promise<string | undefined> {
  if (args.optional('group') !== undefined) {
    return isNetwork(own) ? readNetwork(own).start.ledger : undefined
  }
  return readProfile(homeOf(args)).then(
    ({ ledger, sandbox }) => (environmentOf(args) === 'live' ? ledger : sandbox),
    () => undefined,
  )
}

function describe(report: VerifyReport): string {
  const { ok, ledger, blocks, entries, tiles, keys, runs, appHash, seconds } = report
  if (!ok) return `wrong, after ${grouped(blocks)} blocks and ${grouped(entries)} entries`
  const counts = { blocks, entries, tiles, 'state objects': keys, 'dedupe runs': runs }
  const counted = Object.entries(counts).map(([name, count]) => `${grouped(count)} ${name}`)
  const head = `ledger ${ledger} is right: ${counted.join(', ')}`
  const { pendingHeight } = report
  const pending =
    pendingHeight === undefined
      ? ''
      : `\nblock ${pendingHeight}, the last one, is not signed by enough validators yet`
  return `${head}${pending}\napplication hash ${appHash}\n${duration(seconds)}`
}
