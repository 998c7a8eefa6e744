import { CodedError } from '@openbsn/sdk'
import { hasLedger } from '../../ledger/open-ledger.ts'
import { homePaths } from '../../node/create-home.ts'
import { setupUrl } from '../../node/open-portal.ts'
import { newSetupToken } from '../../portal-api/setup-link.ts'
import type { Command } from '../command.ts'
import { homeOption } from '../connection.ts'
import { object, text } from '../json-schema.ts'
import { databaseOption } from '../portal-options.ts'
import { homeOf, readProfile } from '../profile.ts'

export const command: Command = {
  description:
    'The first account is made with it, in a browser on this machine, within 30 minutes. It ' +
    'works once; the link before is worth nothing any more. With an account there is none.',
  examples: ['bsn portal setup', 'bsn portal setup --home /srv/openbsn'],
  options: { ...homeOption, ...databaseOption },
  output: object({ setup: text }),
  run: async (args, { out, clock }) => {
    const home = homeOf(args)
    const { ledger, portalDatabase } = homePaths(home)
    if (!hasLedger(ledger)) throw new CodedError('HOME_EMPTY', `${home} holds no ledger.`)
    const { gateway } = await readProfile(home)
    const databaseUrl = args.optional('database-url')
    const token = await newSetupToken({ file: portalDatabase, databaseUrl }, { clock })
    if (token === undefined) {
      throw new CodedError('SETUP_DONE', 'The portal has an account already.')
    }
    const setup = setupUrl(gateway, token)
    out.answer({ setup }, setup)
    return undefined
  },
}
