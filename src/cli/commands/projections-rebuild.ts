import { rebuildProjections } from '../../node/rebuild-projections.ts'
import type { Command } from '../command.ts'
import { homeOption } from '../connection.ts'
import { flag, object, text, whole } from '../json-schema.ts'
import { ledgerPlace, ledgerPlaceOptions } from '../ledger-place.ts'
import { homeOf } from '../profile.ts'
import { grouped } from '../put/progress.ts'

export const command: Command = {
  description:
    'Lists are no part of the ledger: nothing is lost with them. Stop the network first.',
  examples: ['bsn projections rebuild', 'bsn projections rebuild --home /srv/openbsn --json'],
  options: {
    ...homeOption,
    ...ledgerPlaceOptions,
    'dry-run': { type: 'boolean', summary: 'Check everything, change nothing' },
  },
  output: object({ home: text, entries: whole, 'dryRun?': flag }),
  run: async (args, { out }) => {
    const home = homeOf(args)
    const dryRun = args.has('dry-run')
    let failure: Error | undefined
    const entries = await rebuildProjections(
      { home, own: ledgerPlace(args), dryRun },
      {
        onFailure: (error) => {
          failure = error
        },
        onProgress: (done, total) => {
          if (out.isTerminal && !out.quiet) out.progress(`${grouped(done)} of ${grouped(total)}`)
        },
      },
    )
    if (failure) throw failure
    if (out.isTerminal && !out.quiet) out.progress('')
    if (dryRun) {
      out.answer({ home, entries, dryRun }, `would make lists of ${grouped(entries)} entries`)
      return undefined
    }
    out.answer({ home, entries }, `lists made of ${grouped(entries)} entries`)
    return undefined
  },
}
