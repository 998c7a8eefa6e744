import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { Browser } from 'playwright-core'
import { openBrowser } from '../../src/testing/browser.ts'
import { needs } from '../../src/testing/needs.ts'
import { firstLoad } from './first-load.ts'
import { type PortalWorld, publicPages, startPortal, watch } from './portal-world.ts'
import { takePictures, wantsPictures } from './readme-pictures.ts'
import { deploysTemplate, writesSource } from './use-contracts.ts'
import { docsAreRead, docsAreSearched } from './use-docs.ts'
import {
  choosesLanguageAndTheme,
  findsByKeys,
  keepsBlockInUrl,
  keepsStateInUrl,
  type Opened,
  opensOddAddresses,
  runsNothingOfTheLedger,
  saysWhatIsWrong,
  survivesTheGateway,
  verifies,
} from './use-pages.ts'
import {
  finishesByKey,
  proposesByKey,
  proposesRoots,
  proposesValidator,
  votesByKey,
} from './use-votes.ts'
import { loadAxe, walkPages } from './walk-pages.ts'

/** The public pages, in a real browser on a real network. SCREENSHOTS=DIR keeps what they show. */
describe('the public pages of the portal', () => {
  it('are used as people use them', async (t) => {
    if (!needs(t, 'chromium')) return
    const world = await startPortal(t)
    const browser = await openBrowser(t)
    await t.test('come fast: what is loaded first is small', (inner) =>
      firstLoad(inner, browser, world),
    )
    await t.test('hold what WCAG 2.2 AA asks, and load nothing from elsewhere', async () => {
      const { address } = world
      assert.deepEqual(await walkPages(browser, { address, paths: publicPages(world) }), [])
    })
    if (wantsPictures) await takePictures(t, browser, world)
    await usePages(t, browser, world)
  })
})

async function usePages(t: TestContext, browser: Browser, world: PortalWorld): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  await loadAxe(context)
  const page = await context.newPage()
  const opened: Opened = { page, world, faults: watch(page, world) }
  const run = (what: string, test: (t: TestContext, opened: Opened) => Promise<void>) =>
    t.test(what, (inner) => test(inner, opened))
  await run('find whatever has a name, by keys alone', findsByKeys)
  await run('verify a proof here, from the page and from files', verifies)
  await run('run nothing that somebody wrote into a record', runsNothingOfTheLedger)
  await run('keep what is seen in the URL: reload, Back', keepsStateInUrl)
  await run('keep in the URL how far a block was opened', keepsBlockInUrl)
  await run('keep the page when language and theme change', choosesLanguageAndTheme)
  await run('say what is wrong, and what to do', saysWhatIsWrong)
  await run('open where an address makes no sense', opensOddAddresses)
  await run('vote by the key of a member, which stays here', votesByKey)
  await run('finish by the key of a member what has passed', finishesByKey)
  await run('propose who issues certificates', proposesRoots)
  await run('propose who signs blocks', proposesValidator)
  await run('propose what was looked at, and let a new member vote', proposesByKey)
  await run('deploy a contract and call it, from its own description', deploysTemplate)
  await run('lead to what does not compile', writesSource)
  await run('have the documentation, with a place for each error', docsAreRead)
  await run('find in the documentation what is asked', docsAreSearched)
  // The network was cut on purpose.
  const isCut = (fault: string) => fault.endsWith('net::ERR_INTERNET_DISCONNECTED')
  assert.deepEqual(
    opened.faults.filter((fault) => !isCut(fault)),
    [],
  )
  await run('go on when the gateway comes back', survivesTheGateway)
}
