import { mkdir } from 'node:fs/promises'
import { toHex } from '@openbsn/sdk'
import { importLedger } from '../../ledger/export/import-ledger.ts'
import { hasLedger } from '../../ledger/open-ledger.ts'
import { homePaths } from '../../node/create-home.ts'
import { modules } from '../../node/modules.ts'
import { credentialPolicy } from '../../services/credential-module.ts'
import { lockFolder } from '../../storage/folder-lock.ts'
import type { Arguments } from '../arguments.ts'
import type { Cli, Command } from '../command.ts'
import { homeOption } from '../connection.ts'
import { createEntriesProgress } from '../entries-progress.ts'
import { fail } from '../fail.ts'
import { exitCode } from '../failure.ts'
import { object, text, whole } from '../json-schema.ts'
import { homeOf } from '../profile.ts'
import { grouped } from '../put/progress.ts'
import { wholeNumber } from '../values.ts'

export const command: Command = {
  description:
    'Executes every block again and compares its roots with those that its validators signed: ' +
    'the same application hash comes out, and old receipts still verify. Secret keys are in no ' +
    'export: to go on writing, put keys/validator.json and profile.json of the old data folder ' +
    'into the new one.',
  examples: [
    'bsn ledger import ledger.bsn --home /srv/copy',
    'bsn ledger import ledger.bsn --home /srv/copy --json',
  ],
  operands: [{ name: 'FILE', summary: 'Export of a ledger', required: true }],
  options: {
    ...homeOption,
    ledger: { type: 'string', value: 'ID', summary: 'Id that the ledger must have' },
    workers: { type: 'string', value: 'N', summary: 'Threads; one per core where not said' },
  },
  output: object({ home: text, ledger: text, height: whole, entries: whole, appHash: text }),
  run,
}

async function run(args: Arguments, { out, interrupted }: Cli): Promise<number | undefined> {
  const signal = interrupted()
  const home = homeOf(args)
  const paths = homePaths(home)
  const ledger = args.optional('ledger')
  const workers = wholeNumber(args, 'workers', { min: 1, max: 256 })
  await mkdir(home, { recursive: true, mode: 0o700 })
  const lock = lockFolder(paths.lock)
  const progress = createEntriesProgress('importing', out)
  try {
    if (hasLedger(paths.ledger)) throw fail('HOME_NOT_EMPTY', `${home} holds a ledger already.`)
    const options = {
      ...(ledger === undefined ? {} : { ledger }),
      ...(workers === undefined ? {} : { workers }),
      onProgress: progress.show,
      signal,
    }
    const deps = { modules, recordPolicy: credentialPolicy }
    const report = await importLedger(args.operand(0), paths.ledger, options, deps)
    progress.end()
    const { height, entries } = report
    const counted = `${grouped(height)} blocks, ${grouped(entries)} entries`
    out.answer(
      { home, ledger: report.ledger, height, entries, appHash: toHex(report.appHash) },
      `ledger ${report.ledger} imported into ${home}: ${counted}`,
    )
    return undefined
  } catch (error) {
    if (!signal.aborted) throw error
    out.note('interrupted: nothing was imported')
    return exitCode.interrupted
  } finally {
    progress.end()
    lock.release()
  }
}
