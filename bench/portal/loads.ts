import { measureFirstLoad } from '../../test/portal/first-load.ts'
import { type BenchContext, wants } from '../context.ts'
import { type Conditions, resultOf } from '../report.ts'
import { medianOf } from './median.ts'
import type { PortalSubject } from './run-portal.ts'

/** First visits of the start page, each with nothing in the cache, one after the other. */
export async function measureLoads(
  context: BenchContext,
  { browser, server }: PortalSubject,
): Promise<void> {
  const { options, say, add } = context
  const visits = Math.max(2, Math.round(options.seconds / 6))
  say(`${visits} first visits of the start page`)
  const all = []
  for (let visit = 0; visit < visits; visit++) {
    all.push(await measureFirstLoad(browser, server.gateway))
  }
  const under: Conditions = {
    browser: browser.version(),
    visits,
    window: '1280x900',
    cache: 'empty',
  }
  const [paints, answers] = [all.map(({ paintMs }) => paintMs), all.map((one) => one.answerMs)]
  if (wants(context, 'portal.lcp')) {
    const slowest = { 'slowest s': Math.max(...paints) / 1000 }
    add(resultOf('portal.lcp', medianOf(paints) / 1000, { ...under, ...slowest }))
  }
  if (wants(context, 'portal.inp')) {
    const done = { 'per visit': '5 pages by clicks, a search by keys; the slowest of them' }
    const slowest = { 'slowest ms': Math.max(...answers) }
    add(resultOf('portal.inp', medianOf(answers), { ...under, ...done, ...slowest }))
  }
  if (wants(context, 'portal.script')) {
    const [first] = all
    const files = { files: first?.files ?? 0, packed: 'brotli' }
    add(resultOf('portal.script', (first?.bytes ?? 0) / 1000, { ...under, ...files }))
  }
}
