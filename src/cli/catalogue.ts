import { cryptoErrors } from '../crypto/errors.ts'
import { engineErrors } from '../engines/errors.ts'
import type { ErrorSection } from '../gateway/reference/errors-page.ts'
import { gatewaySections } from '../gateway/reference/gateway-sections.ts'
import type { ErrorCatalogue, ErrorRow } from '../kernel/errors.ts'
import { exportErrors } from '../ledger/export/errors.ts'
import { verifyErrors } from '../ledger/verify/errors.ts'
import { nodeErrors } from '../node/errors.ts'
import { portalErrorSection } from '../portal-api/errors.ts'
import { storageErrors } from '../storage/errors.ts'
import { cliErrors } from './errors.ts'

/** Every code of the program, by the part that owns it. */
export const errorSections: readonly ErrorSection[] = [
  ...gatewaySections,
  { title: 'Keys', about: 'Files of keys.', errors: cryptoErrors },
  { title: 'Storage', about: 'The data folder.', errors: storageErrors },
  {
    title: 'Verification',
    about: 'What `bsn ledger verify` finds.',
    errors: verifyErrors,
  },
  {
    title: 'Export files',
    about: 'What `bsn ledger export` and `bsn ledger import` find.',
    errors: exportErrors,
  },
  {
    title: 'Engines',
    about: 'The programs that carry ledgers: installing, starting and stopping them.',
    errors: engineErrors,
  },
  portalErrorSection,
  { title: 'Node', about: 'Starting and stopping.', errors: nodeErrors },
  { title: 'Command line', about: 'Options and files of commands.', errors: cliErrors },
]

/** Every code that a command can end with. Loaded when an error is told, not before. */
export const everyError: ErrorCatalogue = Object.freeze(
  Object.assign({}, ...errorSections.map(({ errors }) => errors)),
)

/** The row of a code; undefined for one of a newer gateway. */
export function errorRow(code: string): ErrorRow | undefined {
  return Object.hasOwn(everyError, code) ? everyError[code] : undefined
}
