import { hasWrapped, lacksEpochKey } from '../../node/home-secrets.ts'
import { restoreHome } from '../../node/restore.ts'
import type { Command } from '../command.ts'
import { homeOption } from '../connection.ts'
import { flag, object, text, whole } from '../json-schema.ts'
import { keysOption, noteMissingKeys } from '../keys-option.ts'
import { homeOf } from '../profile.ts'
import { grouped } from '../put/progress.ts'
import { rehearsalOption } from '../rehearsal-option.ts'

export const command: Command = {
  description:
    'Checks every file of the backup by its SHA-256, and the ledger by its application hash. ' +
    'The data folder must be empty or not there; it gets all, or nothing. Where the backup has ' +
    'no keys and none are brought, `bsn up --read-only` serves what is registered. The ' +
    'key-encryption key is in no backup: docs/operating/keys.md says what to keep where.',
  examples: [
    'bsn restore /mnt/backup/2026-11-30 --home /srv/openbsn',
    'bsn restore /mnt/backup/2026-11-30 --home /srv/openbsn --keys /mnt/safe/keys',
  ],
  operands: [{ name: 'DIR', summary: 'Folder that `bsn backup` made', required: true }],
  options: {
    ...homeOption,
    ...keysOption,
    ...rehearsalOption,
  },
  output: object({
    home: text,
    ledger: text,
    height: whole,
    entries: whole,
    appHash: text,
    keys: flag,
    'dryRun?': flag,
  }),
  run: async (args, { out }) => {
    const [home, keys] = [homeOf(args), args.optional('keys')]
    const dryRun = args.has('dry-run')
    const options = { from: args.operand(0), home, dryRun, ...(keys === undefined ? {} : { keys }) }
    const { ledger, height, entries, appHash, files } = await restoreHome(options)
    const hasKeys = keys !== undefined || files.some(({ path }) => path === 'keys/validator.json')
    const answer = { home, ledger, height, entries, appHash, keys: hasKeys }
    const what = `into ${home}: ${grouped(entries)} entries`
    if (dryRun) {
      out.answer({ ...answer, dryRun }, `would restore ledger ${ledger} ${what}`)
      return undefined
    }
    out.answer(answer, `ledger ${ledger} restored ${what}`)
    if (!hasKeys) noteMissingKeys(out)
    if (hasWrapped(home)) {
      out.note(
        'secrets in it are wrapped: start it with the key-encryption key, `bsn up --kek FILE`',
      )
    }
    if (lacksEpochKey(home)) {
      out.note('private payloads need keys/epoch-N.key, in which N is that of this backup')
    }
    return undefined
  },
}
