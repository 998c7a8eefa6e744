import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openBrowser } from '../../src/testing/browser.ts'
import { needs } from '../../src/testing/needs.ts'
import { startNetwork } from '../cli/bsn.ts'
import { buildPortal, watch } from './portal-world.ts'
import {
  type AccountPages,
  actsAreListed,
  becomesAuditor,
  invites,
  losesNoSession,
  paths,
  refusesBadInput,
  removesSomebody,
  saysThatNobodySignedOut,
  setsUp,
  signsInByPasskey,
  signsInWithCodes,
} from './use-account-pages.ts'
import { filtersTheLog, followsTheLog, logPaths, sendsAgain } from './use-log-pages.ts'
import {
  asksToJoin,
  invitesAParticipant,
  livesAService,
  namesTheMissingRight,
  sendsWebhooks,
  servicePaths,
  showsUsage,
} from './use-service-pages.ts'
import { loadAxe, walkPages } from './walk-pages.ts'

/** Accounts as people have them: real node, real browser. SCREENSHOTS=DIR keeps what they show. */
describe('the pages of accounts', () => {
  it('are used as people use them', async (t) => {
    if (!needs(t, 'chromium')) return
    buildPortal()
    const network = await startNetwork(t, undefined, ['--webhook-allow', '127.0.0.0/8'])
    const browser = await openBrowser(t)
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
    await loadAxe(context)
    const page = await context.newPage()
    page.setDefaultTimeout(8000)
    const { address } = network
    const faults = watch(page, { address })
    const opened: AccountPages = { browser, context, page, network, kept: new Map() }
    let failed: string | undefined
    // Each step goes on from the one before.
    const run = (what: string, test: (opened: AccountPages) => Promise<void>) =>
      t.test(what, { skip: failed && `failed: ${failed}` }, async () => {
        const before = failed
        failed = what
        await test(opened)
        failed = before
      })
    await run('set the portal up by the link, which leaves the address bar', setsUp)
    await run('sign out and in, with an authenticator or a backup code', signsInWithCodes)
    await run('say at the field what is wrong, and lose nothing', refusesBadInput)
    await run('say that signing out failed, where it did', saysThatNobodySignedOut)
    await run('invite somebody, by a link that is shown once', invites)
    await run('list what was done, with its entries', actsAreListed)
    await run('follow what is asked of a service', followsTheLog)
    await run('filter that, by what the URL keeps', filtersTheLog)
    await run('send a request again, beside its answer of then', sendsAgain)
    await run('hand a service in, freeze it, and let it go on', livesAService)
    await run('invite a participant by a link, and remove it', invitesAParticipant)
    await run('ask to join, for another organisation, and leave', asksToJoin)
    await run('send events to a receiver that fails first, and send one again', sendsWebhooks)
    await run('show usage against limits', showsUsage)
    await run('name the right that is missing', namesTheMissingRight)
    await run('ask for a session that ended, and go on', losesNoSession)
    await run('remove somebody whose name was typed, after a step-up', removesSomebody)
    // The network was cut on purpose.
    const isCut = (fault: string) => fault.endsWith('net::ERR_INTERNET_DISCONNECTED')
    assert.deepEqual(
      faults.filter((fault) => !isCut(fault)),
      [],
    )
    await run('make a passkey and sign in with it', signsInByPasskey)
    await run('hold what WCAG 2.2 AA asks', async () => {
      const storageState = await context.storageState()
      const own = [...paths.own, ...servicePaths, ...logPaths(opened)]
      assert.deepEqual(await walkPages(browser, { address, paths: own, storageState }), [])
      assert.deepEqual(await walkPages(browser, { address, paths: paths.anybody }), [])
    })
    await run('hold the same for an auditor, who changes nothing', async () => {
      const auditor = { storageState: await becomesAuditor(opened), paths: paths.auditor }
      assert.deepEqual(await walkPages(browser, { address, ...auditor }), [])
    })
  })
})
