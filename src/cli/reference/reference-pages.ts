import { printFrameworksPage } from '../../frameworks/reference/frameworks-page.ts'
import { printErrorsPage } from '../../gateway/reference/errors-page.ts'
import { printOptionsPage } from '../../gateway/reference/options-page.ts'
import { printOpenapi } from '../../gateway/reference/print-openapi.ts'
import { errorSections } from '../catalogue.ts'
import type { CommandTable } from '../command-table.ts'
import { printCliPage } from './cli-page.ts'
import { printManPage } from './man-page.ts'
import { printPortalOpenapi } from './print-portal-openapi.ts'

/** A generated file, by its name in docs/reference. */
export type ReferencePage = { readonly name: string; readonly text: string }

/** Everything in docs/reference, as the code has it now. */
export async function referencePages(
  version: string,
  commands: CommandTable,
): Promise<ReferencePage[]> {
  return [
    { name: 'bsn.1', text: await printManPage(version, commands) },
    { name: 'cli.md', text: await printCliPage(commands) },
    { name: 'errors.md', text: printErrorsPage(errorSections) },
    { name: 'frameworks.md', text: printFrameworksPage() },
    { name: 'gateway-options.md', text: printOptionsPage() },
    { name: 'openapi.json', text: await printOpenapi(version) },
    { name: 'portal-openapi.json', text: await printPortalOpenapi(version) },
  ]
}
