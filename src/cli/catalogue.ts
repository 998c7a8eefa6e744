import { privateErrors } from '../compliance/private-payloads/errors.ts'
import { cryptoErrors } from '../crypto/errors.ts'
import { frameworkErrors } from '../frameworks/errors.ts'
import { accessErrors } from '../gateway/access/errors.ts'
import { gatewayErrors } from '../gateway/errors.ts'
import type { ErrorSection } from '../gateway/reference/errors-page.ts'
import type { ErrorCatalogue, ErrorRow } from '../kernel/errors.ts'
import { jsonErrors } from '../kernel/json-errors.ts'
import { sdkErrors } from '../kernel/sdk-errors.ts'
import { ledgerErrors } from '../ledger/errors.ts'
import { exportErrors } from '../ledger/export/errors.ts'
import { verifyErrors } from '../ledger/verify/errors.ts'
import { nodeErrors } from '../node/errors.ts'
import { storageErrors } from '../storage/errors.ts'
import { cliErrors } from './errors.ts'

/** Every code of the program, by the part that owns it. */
export const errorSections: readonly ErrorSection[] = [
  {
    title: 'Ledger',
    about:
      'Why a statement is refused. They are checked in this order: where several ' +
      'apply, the first is told.',
    errors: ledgerErrors,
  },
  {
    title: 'Statements, receipts and proofs',
    about: 'What the SDK finds, on either side. Those of receipts and proofs are met by verifiers.',
    errors: sdkErrors,
  },
  {
    title: 'Gateway',
    about: 'What the gateway refuses before, or beside, the ledger.',
    errors: gatewayErrors,
  },
  {
    title: 'Private payloads',
    about: 'What is kept outside the ledger, and can be erased.',
    errors: privateErrors,
  },
  {
    title: 'Access',
    about: 'Who is let in at a gateway, to what, and how often.',
    errors: accessErrors,
  },
  {
    title: 'Frameworks',
    about: 'What every kind of ledger tells apart. Codes of a ledger itself stand above.',
    errors: frameworkErrors,
  },
  { title: 'JSON', about: 'In requests, and in files of rows.', errors: jsonErrors },
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
