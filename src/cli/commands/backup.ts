import { resolve } from 'node:path'
import { backupHome } from '../../node/backup.ts'
import { groupNames } from '../../node/environment.ts'
import type { Command } from '../command.ts'
import { homeOption } from '../connection.ts'
import { flag, object, text, whole } from '../json-schema.ts'
import { ledgerPlace, ledgerPlaceOptions } from '../ledger-place.ts'
import { homeOf } from '../profile.ts'
import { grouped } from '../put/progress.ts'
import { rehearsalOption } from '../rehearsal-option.ts'

export const command: Command = {
  description:
    'The ledger at one moment, byte for byte as it was on disk; the network may be up. Secret ' +
    'keys stay out unless you ask for them: keep them elsewhere, because without ' +
    'keys/validator.json nothing more can be registered. The key-encryption key is never in a ' +
    'backup: docs/operating/keys.md says what to keep where. One ledger a backup: the live one, ' +
    'unless you name a group or the sandbox; `bsn restore` makes a data folder of each.',
  examples: [
    'bsn backup --out /mnt/backup/2026-11-30',
    'bsn backup --home /srv/openbsn --out /mnt/safe/2026-11-30 --with-keys',
  ],
  options: {
    out: { type: 'string', value: 'DIR', required: true, summary: 'Folder to make' },
    'with-keys': {
      type: 'boolean',
      summary: 'Also the keys that sign blocks and acts, and the profile',
    },
    ...homeOption,
    ...ledgerPlaceOptions,
    ...rehearsalOption,
  },
  output: object({
    folder: text,
    ledger: text,
    height: whole,
    entries: whole,
    appHash: text,
    files: whole,
    bytes: whole,
    'dryRun?': flag,
  }),
  run: async (args, { out }) => {
    const folder = resolve(args.value('out'))
    const withKeys = args.has('with-keys')
    const home = ledgerPlace(args)
    const dryRun = args.has('dry-run')
    const manifest = await backupHome({ home, out: folder, withKeys, dryRun })
    const { ledger, height, entries, appHash, files } = manifest
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    const answer = { folder, ledger, height, entries, appHash, files: files.length, bytes }
    const what = `to ${folder}: ${grouped(entries)} entries, ${grouped(bytes)} bytes`
    if (dryRun) {
      out.answer({ ...answer, dryRun }, `would copy ledger ${ledger} ${what}`)
      return undefined
    }
    out.answer(answer, `ledger ${ledger} copied ${what}`)
    out.note(
      withKeys
        ? 'the backup holds secret keys: whoever has it can sign for node and administrator; the ' +
            'key-encryption key is not in it'
        : 'the backup holds no keys: keep keys/validator.json and profile.json elsewhere',
    )
    const groups = groupNames(homeOf(args))
    if (home === homeOf(args) && groups.length > 0) {
      out.note(`not in it: ${groups.join(', ')}. Each has a backup of its own, with --group NAME`)
    }
    return undefined
  },
}
