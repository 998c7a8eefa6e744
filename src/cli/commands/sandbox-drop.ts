import { dropSandbox } from '../../node/drop-sandbox.ts'
import type { Command } from '../command.ts'
import { homeOption } from '../connection.ts'
import { fail } from '../fail.ts'
import { flag, object, text } from '../json-schema.ts'
import { homeOf } from '../profile.ts'

export const command: Command = {
  description:
    'Its services, credentials and records are gone, and receipts of it prove nothing any more. ' +
    'Stop the network first; the next start makes a new sandbox with another id. The live ledger ' +
    'is not touched.',
  examples: ['bsn sandbox drop --confirm sandbox'],
  options: {
    confirm: {
      type: 'string',
      value: 'NAME',
      required: true,
      summary: 'The word sandbox: a check that you mean it',
    },
    ...homeOption,
    'dry-run': { type: 'boolean', summary: 'Check everything, change nothing' },
  },
  output: object({ home: text, 'dryRun?': flag }),
  run: async (args, { out }) => {
    const confirmed = args.value('confirm')
    if (confirmed !== 'sandbox') {
      throw fail('CLI_OPTION_INVALID', `--confirm ${confirmed}: give the word sandbox.`)
    }
    const home = homeOf(args)
    const dryRun = args.has('dry-run')
    dropSandbox(home, { dryRun })
    if (dryRun) {
      out.answer({ home, dryRun }, `would drop the sandbox in ${home}`)
      return undefined
    }
    out.answer({ home }, `the sandbox in ${home} is dropped`)
    out.note('next: bsn up makes a new one')
    return undefined
  },
}
