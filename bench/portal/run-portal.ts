import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { chromiumProgram } from '../../src/testing/browser.ts'
import { type BenchContext, wants } from '../context.ts'
import { benchError } from '../errors.ts'
import { startServer } from '../network/server.ts'
import { runBsn } from '../nodes/run-bsn.ts'
import { measureLists } from './lists.ts'
import { measureLoads } from './loads.ts'

const root = join(import.meta.dirname, '../..')

/** The portal as it is built from the sources of now, in the machine's own Chromium. */
export async function runPortal(context: BenchContext): Promise<void> {
  const { options, folder, miss, say } = context
  const program = chromiumProgram()
  if (program === undefined) {
    for (const row of options.only) miss(row, 'there is no chromium on the PATH')
    return
  }
  build()
  const server = await startServer(options.bsn, join(folder, 'network'))
  const home = ['--home', server.home]
  await runBsn(options.bsn, ['service', 'create', 'flights', '--framework', 'records', ...home])
  const browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox'] })
  try {
    say(`Chromium ${browser.version()}`)
    const subject = { browser, server }
    if (wants(context, 'portal.lcp', 'portal.inp', 'portal.script')) {
      await measureLoads(context, subject)
    }
    if (wants(context, 'portal.scroll', 'portal.filter')) await measureLists(context, subject)
  } finally {
    await browser.close()
  }
  await server.stop()
}

/** What is measured, and where. */
export type PortalSubject = {
  readonly browser: Browser
  readonly server: { readonly gateway: string; readonly home: string }
}

/** @throws BENCH_PROCESS_FAILED */
function build(): void {
  const script = join(root, 'bin/build-portal.mjs')
  const { status, stderr } = spawnSync(process.execPath, [script, '--if-needed'], {
    encoding: 'utf8',
  })
  if (status !== 0) throw benchError('BENCH_PROCESS_FAILED', `The portal was not built: ${stderr}`)
}
