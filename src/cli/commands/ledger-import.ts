import { toHex } from '@openbsn/sdk'
import { importHome } from '../../node/import-home.ts'
import type { Arguments } from '../arguments.ts'
import type { Cli, Command } from '../command.ts'
import { homeOption } from '../connection.ts'
import { createEntriesProgress } from '../entries-progress.ts'
import { exitCode } from '../failure.ts'
import { flag, object, text, whole } from '../json-schema.ts'
import { keysOption, noteMissingKeys } from '../keys-option.ts'
import { homeOf } from '../profile.ts'
import { grouped } from '../put/progress.ts'
import { rehearsalOption } from '../rehearsal-option.ts'
import { wholeNumber } from '../values.ts'

export const command: Command = {
  description:
    'Executes every block again and compares its roots with those that its validators signed: ' +
    'the same application hash comes out, and old receipts still verify. The data folder must be ' +
    'empty or not there; it gets all, or nothing. Secret keys are in no export: bring them with ' +
    '--keys to go on writing, or serve what is registered with `bsn up --read-only`.',
  examples: [
    'bsn ledger import ledger.bsn --home /srv/copy',
    'bsn ledger import ledger.bsn --home /srv/moved --keys /srv/openbsn',
  ],
  operands: [{ name: 'FILE', summary: 'Export of a ledger', required: true }],
  options: {
    ...homeOption,
    ...keysOption,
    ledger: { type: 'string', value: 'ID', summary: 'Id that the ledger must have' },
    workers: { type: 'string', value: 'N', summary: 'Threads; one per core where not said' },
    ...rehearsalOption,
  },
  output: object({
    home: text,
    ledger: text,
    height: whole,
    entries: whole,
    appHash: text,
    'dryRun?': flag,
  }),
  run,
}

async function run(args: Arguments, { out, interrupted }: Cli): Promise<number | undefined> {
  const signal = interrupted()
  const [home, keys, ledger] = [homeOf(args), args.optional('keys'), args.optional('ledger')]
  const workers = wholeNumber(args, 'workers', { min: 1, max: 256 })
  const dryRun = args.has('dry-run')
  const progress = createEntriesProgress('importing', out)
  try {
    const report = await importHome({
      file: args.operand(0),
      home,
      dryRun,
      ...(keys === undefined ? {} : { keys }),
      ...(ledger === undefined ? {} : { ledger }),
      ...(workers === undefined ? {} : { workers }),
      onProgress: progress.show,
      signal,
    })
    progress.end()
    const { height, entries } = report
    const counted = `${grouped(height)} blocks, ${grouped(entries)} entries`
    const answer = { home, ledger: report.ledger, height, entries, appHash: toHex(report.appHash) }
    if (dryRun) {
      const would = `would import ledger ${report.ledger} into ${home}: ${counted}`
      out.answer({ ...answer, dryRun }, would)
      return undefined
    }
    out.answer(answer, `ledger ${report.ledger} imported into ${home}: ${counted}`)
    if (keys === undefined) noteMissingKeys(out)
    return undefined
  } catch (error) {
    if (!signal.aborted) throw error
    out.note('interrupted: nothing was imported')
    return exitCode.interrupted
  } finally {
    progress.end()
  }
}
