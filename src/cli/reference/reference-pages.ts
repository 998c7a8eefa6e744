import { gatewayErrors } from '../../gateway/errors.ts'
import { type ErrorSection, printErrorsPage } from '../../gateway/reference/errors-page.ts'
import { printOptionsPage } from '../../gateway/reference/options-page.ts'
import { printOpenapi } from '../../gateway/reference/print-openapi.ts'
import { jsonErrors } from '../../kernel/json-errors.ts'
import { sdkErrors } from '../../kernel/sdk-errors.ts'
import { ledgerErrors } from '../../ledger/errors.ts'
import { nodeErrors } from '../../node/errors.ts'
import { storageErrors } from '../../storage/errors.ts'
import { cliErrors } from '../errors.ts'

/** A generated file, by its name in docs/reference. */
export type ReferencePage = { readonly name: string; readonly text: string }

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
  { title: 'JSON', about: 'In requests, and in files of rows.', errors: jsonErrors },
  { title: 'Storage', about: 'The data folder.', errors: storageErrors },
  { title: 'Node', about: 'Starting and stopping.', errors: nodeErrors },
  { title: 'Command line', about: 'Options and files of commands.', errors: cliErrors },
]

/** Everything in docs/reference, as the code has it now. */
export async function referencePages(version: string): Promise<ReferencePage[]> {
  return [
    { name: 'errors.md', text: printErrorsPage(errorSections) },
    { name: 'gateway-options.md', text: printOptionsPage() },
    { name: 'openapi.json', text: await printOpenapi(version) },
  ]
}
