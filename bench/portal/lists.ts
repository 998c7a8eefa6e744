import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Page } from 'playwright-core'
import { filterSteps, openLongList, scrollSteps } from '../../test/portal/long-list.ts'
import { type BenchContext, wants } from '../context.ts'
import { runBsn } from '../nodes/run-bsn.ts'
import { type Conditions, type RowName, resultOf, rounded } from '../report.ts'
import { medianOf } from './median.ts'
import type { PortalSubject } from './run-portal.ts'

/** As many as a list of the portal is asked to hold; less where the large log is shorter. */
const rowsMax = 100_000

/** A list of real entries that somebody scrolled to its end: other places in it, and its filter. */
export async function measureLists(
  context: BenchContext,
  { browser, server }: PortalSubject,
): Promise<void> {
  const { options, say } = context
  const rows = Math.min(rowsMax, options.entries)
  say(`${rows} records are registered`)
  await fill(context, server.home, rows)
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
  say('all of them are loaded into one list')
  const begun = performance.now()
  await openLongList(page, { address: server.gateway, rows })
  const loadSeconds = rounded((performance.now() - begun) / 1000)
  // Whoever scrolled so far looks at it for a moment.
  await page.waitForTimeout(3000)
  const under = { browser: browser.version(), rows, 'seconds until all are there': loadSeconds }
  const coreMs = await watchCore(page)
  const measure = async (name: RowName, run: () => Promise<Steps>) => {
    if (!wants(context, name)) return
    const before = await coreMs()
    const steps = await run()
    const each = rounded(((await coreMs()) - before) / steps.length)
    add(context, name, steps, { ...under, 'core ms each': each })
  }
  await measure('portal.scroll', () => scrollSteps(page, Math.max(5, options.seconds)))
  await measure('portal.filter', () => filterSteps(page, typed))
  await page.close()
}

/** What the page took of a core so far: it tells the page from all else that runs here. */
async function watchCore(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics')
    return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN)
  }
}

/** Key by key, and back again. */
const typed = ['"row":1', '"row":17', '"row":170', '"row":17', '"row":1', '']

type Steps = Awaited<ReturnType<typeof scrollSteps>>

/** The slowest step counts: everybody notices that one. */
function add(context: BenchContext, name: RowName, steps: Steps, under: Conditions): void {
  const times = steps.map(({ ms }) => ms)
  const inPage = Math.max(...steps.map(({ rows }) => rows))
  const more = {
    steps: steps.length,
    'median ms': rounded(medianOf(times)),
    'rows in the page': inPage,
  }
  context.add(resultOf(name, Math.max(...times), { ...under, ...more }))
}

async function fill({ options, folder }: BenchContext, home: string, rows: number): Promise<void> {
  const [file, out] = [join(folder, 'rows.ndjson'), join(folder, 'flights.credential')]
  await pipeline(function* () {
    for (let row = 0; row < rows; row++) {
      yield `${JSON.stringify({ row, from: 'SHA', to: 'SIN', note: 'on time' })}\n`
    }
  }, createWriteStream(file))
  const named = ['--service', 'flights']
  const made = ['--home', home, '--label', 'bench', '--out', out]
  await runBsn(options.bsn, ['credential', 'create', ...named, ...made])
  await runBsn(options.bsn, ['record', 'put', ...named, '--credential', out, file])
}
