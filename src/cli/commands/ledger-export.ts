import { CodedError, toHex } from '@openbsn/sdk'
import { exportLedger } from '../../ledger/export/export-ledger.ts'
import { hasLedger } from '../../ledger/open-ledger.ts'
import { homePaths } from '../../node/create-home.ts'
import type { Command } from '../command.ts'
import { homeOption } from '../connection.ts'
import { createEntriesProgress } from '../entries-progress.ts'
import { exitCode } from '../failure.ts'
import { requireWritable } from '../files.ts'
import { object, text, whole } from '../json-schema.ts'
import { ledgerPlace, ledgerPlaceOptions } from '../ledger-place.ts'
import { grouped } from '../put/progress.ts'

export const command: Command = {
  description:
    'Everything that the ledger is made of: genesis, blocks, entries and signatures, no secret ' +
    'keys. The network may be up.',
  examples: [
    'bsn ledger export --out ledger.bsn',
    'bsn ledger export --home /srv/openbsn --out l.bsn',
  ],
  options: {
    out: { type: 'string', value: 'FILE', required: true, summary: 'File to write' },
    force: { type: 'boolean', summary: 'Replace the file where it exists' },
    ...homeOption,
    ...ledgerPlaceOptions,
  },
  output: object({ file: text, ledger: text, height: whole, entries: whole, appHash: text }),
  run: async (args, { out, interrupted }) => {
    const signal = interrupted()
    const [file, force] = [args.value('out'), args.has('force')]
    const own = ledgerPlace(args)
    const folder = homePaths(own).ledger
    if (!hasLedger(folder)) throw new CodedError('HOME_EMPTY', `${own} holds no ledger.`)
    await requireWritable(file, { force })
    const progress = createEntriesProgress('exporting', out)
    try {
      const report = await exportLedger(folder, file, { force, onProgress: progress.show, signal })
      progress.end()
      const { ledger, height, entries } = report
      const counted = `${grouped(height)} blocks, ${grouped(entries)} entries`
      const document = { file, ledger, height, entries, appHash: toHex(report.appHash) }
      out.answer(document, `ledger ${ledger} written to ${file}: ${counted}`)
      return undefined
    } catch (error) {
      if (!signal.aborted) throw error
      return exitCode.interrupted
    } finally {
      progress.end()
    }
  },
}
