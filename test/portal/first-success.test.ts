import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { openBrowser } from '../../src/testing/browser.ts'
import { needs } from '../../src/testing/needs.ts'
import { scratchFolder, startNetwork } from '../cli/bsn.ts'
import { keyboard, type Language, mouse } from './hands.ts'
import { buildPortal, watch } from './portal-world.ts'
import {
  buildPaths,
  freezesAndRevokes,
  makesCredentials,
  makesSigningKeys,
  refusesBadCredentials,
  rotates,
} from './use-credentials.ts'
import {
  choosesAll,
  makesChain,
  refusesBadServices,
  type ServicePages,
  waitsForReview,
} from './use-new-service.ts'
import { asksChain, refusesBadTries, runsSamples, triesOperations } from './use-try.ts'
import { type FirstSuccess, keepsTheList, walkFirstSuccess } from './walk-first-success.ts'
import { loadAxe, walkPages } from './walk-pages.ts'

const place = ['--city', 'Shanghai', '--country', 'CN']
const degrees = ['--latitude', '31.23', '--longitude', '121.47']

/** From an empty folder to a proven record, and on from there. SCREENSHOTS=DIR keeps the pages. */
describe('building with a service', () => {
  it('takes six screens to a proven record, by mouse and by keys alone', async (t) => {
    if (!needs(t, 'chromium')) return
    buildPortal()
    const browser = await openBrowser(t)
    await t.test('by keys alone, in Chinese', async (inner) => {
      const walk = await open(inner, browser, 'zh-CN')
      await walkFirstSuccess(walk)
      await keepsTheList(walk)
    })
    const walk = await open(t, browser, 'en')
    let apiKey = ''
    await t.test('by mouse, in English', async () => {
      apiKey = await walkFirstSuccess(walk)
      await keepsTheList(walk)
    })
    if (apiKey !== '') await usePages(t, { ...walk, browser, apiKey })
  })
})

type Walk = FirstSuccess & {
  readonly context: BrowserContext
  readonly page: Page
  readonly faults: readonly string[]
}

/** A network on an empty folder, as `npm start` starts it, and a browser that was never there. */
async function open(t: TestContext, browser: Browser, language: Language): Promise<Walk> {
  const network = await startNetwork(t, undefined, [...place, ...degrees])
  const context = await browser.newContext({
    locale: language,
    viewport: { width: 1280, height: 900 },
  })
  await loadAxe(context)
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  const faults = watch(page, network)
  const hand = language === 'en' ? mouse : keyboard(page)
  return { page, context, network, language, hand, faults }
}

type Opened = Walk & { readonly browser: Browser; readonly apiKey: string }

/** Each step goes on from the one before. */
async function usePages(t: TestContext, opened: Opened): Promise<void> {
  const { network, context, page, browser, apiKey } = opened
  const answer = await fetch(`${network.address}/api/v1/ledgers`)
  const { ledgers } = (await answer.json()) as { ledgers: { id: string; environment: string }[] }
  const idOf = (environment: string) =>
    ledgers.find((one) => one.environment === environment)?.id ?? assert.fail(environment)
  const [live, sandbox] = [idOf('live'), idOf('sandbox')]
  const pages: ServicePages = { context, page, network, live, sandbox, apiKey }
  let failed: string | undefined
  const run = (what: string, test: (pages: ServicePages, inner: TestContext) => Promise<void>) =>
    t.test(what, { skip: failed && `failed: ${failed}` }, async (inner) => {
      const before = failed
      failed = what
      await test(pages, inner)
      failed = before
    })
  await run('a service has all that was chosen for it', choosesAll)
  await run('a service with something wrong is refused at the field', refusesBadServices)
  await run('what a service does is tried in the page', triesOperations)
  await run('a try with something wrong is refused at the field', refusesBadTries)
  await run('programs of the page run as they stand', async (_, inner) => {
    const told = /"value":\s?\{"hello":\s?"world"\}/
    await runsSamples(inner, pages, { service: 'notes', apiKey, told })
    const chain = await makesChain(pages)
    await runsSamples(inner, pages, { ...chain, told: /"result":\s?"0x[0-9a-f]+"/ })
    await asksChain(pages, chain)
  })
  await run('a credential has what it was made for, and its key is shown once', makesCredentials)
  await run('a credential with something wrong is refused at the field', refusesBadCredentials)
  await run('a credential is frozen, and revoked by who types its name', freezesAndRevokes)
  await run('a key is changed for another, and goes on for a while', rotates)
  await run('a key that signs is a file for the command line', signsWithFile)
  await run('the pages hold what WCAG 2.2 AA asks', async () => {
    const { address } = network
    const paths = buildPaths(sandbox)
    const storageState = await context.storageState()
    assert.deepEqual(await walkPages(browser, { address, paths, storageState }), [])
  })
  await run('a service that is reviewed is watched until it runs', waitsForReview)
  // The network was cut on purpose.
  const isCut = (fault: string) => fault.endsWith('net::ERR_INTERNET_DISCONNECTED')
  assert.deepEqual(
    opened.faults.filter((fault) => !isCut(fault)),
    [],
  )
}

async function signsWithFile(pages: ServicePages, t: TestContext): Promise<void> {
  const { network, page, live } = pages
  await page.goto(`${network.address}/new-service`)
  await page.getByLabel('Name', { exact: true }).fill('signed')
  await page.getByLabel('Environment').selectOption(live)
  await page.getByLabel('Who signs').selectOption('public-key-upload')
  await page.getByRole('button', { name: 'Publish', exact: true }).click()
  await page.getByText('Its receipt was verified in this browser').waitFor()
  const folder = scratchFolder(t)
  const credential = await makesSigningKeys(pages, (name) => join(folder, name))
  // A browser keeps it for everybody to read; the command line says that it must not be so.
  chmodSync(credential, 0o600)
  const note = join(folder, 'note.json')
  writeFileSync(note, '{"hello":"world"}')
  const put = ['--service', 'signed', '--credential', credential, note]
  const { code, stderr } = await network.run('record', 'put', ...put)
  assert.equal(code, 0, stderr)
}
