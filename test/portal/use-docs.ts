import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { ready } from './portal-world.ts'
import type { Opened } from './use-pages.ts'

/** What people do in the documentation. */

const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true })

/** Until a heading is where the eye is, below the head of the page, and keys go on from there. */
async function isShown(page: Page, id: string): Promise<void> {
  await page.waitForFunction((wanted) => {
    const place = document.getElementById(wanted)
    const top = place?.getBoundingClientRect().top ?? -1
    return document.activeElement === place && top >= 40 && top < innerHeight / 2
  }, id)
}

export async function docsAreRead(_t: TestContext, { page, world }: Opened): Promise<void> {
  const { address } = world
  const answer = await fetch(`${address}/api/v1/nowhere`)
  const { type } = (await answer.json()) as { readonly type: string }
  await page.goto(address + type)
  await heading(page, 'ROUTE_NOT_FOUND').waitFor()
  await isShown(page, 'route_not_found')

  // From a page that failed to what its code means, without loading all anew.
  await page.goto(`${address}/explore/entries/999999`)
  await page.evaluate(() => {
    globalThis.atFirst = 'same page'
  })
  await page.getByRole('link', { name: 'ENTRY_NOT_FOUND' }).click()
  await isShown(page, 'entry_not_found')
  assert.equal(await page.evaluate(() => globalThis.atFirst), 'same page')

  const lists = page.getByRole('navigation', { name: 'Documentation' })
  await lists.getByRole('link', { name: 'First steps' }).click()
  await heading(page, 'Five minutes').waitFor()
  assert.equal(await page.title(), 'First steps · OpenBSN')
  await page.waitForFunction(() => document.activeElement?.tagName === 'H1')
  await page.getByRole('link', { name: 'errors', exact: true }).first().click()
  await page.waitForURL('**/docs/errors')
  await page.goBack()
  const parts = page.getByRole('navigation', { name: 'On this page' })
  await parts.getByRole('link', { name: 'Speed' }).click()
  await isShown(page, 'speed')
  await page.reload()
  await isShown(page, 'speed')

  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  const session = page
    .getByRole('region', { name: 'Code' })
    .filter({ hasText: 'bin/bsn entry get' })
  await session.getByRole('button', { name: /Copy/ }).click()
  await page.getByText(/^Copied/).waitFor({ state: 'attached' })
  const copied = await page.evaluate(() => navigator.clipboard.readText())
  assert.match(
    copied,
    /^bin\/bsn entry get 1000 .*\nbin\/bsn ledger keys --bundle --out keys\.cbor$/,
  )
}

export async function docsAreSearched(_t: TestContext, { page, world }: Opened): Promise<void> {
  const { address } = world
  await page.goto(`${address}/docs`)
  await ready(page)
  const field = page.getByRole('searchbox', { name: 'Search the documentation' })
  await field.fill('record put')
  const hit = page.getByRole('link', { name: 'The command line bsn record put' })
  await hit.waitFor()
  await page.reload()
  assert.equal(await field.inputValue(), 'record put')
  await hit.click()
  await isShown(page, 'bsn-record-put')
  await page.goBack()
  await hit.waitFor()
  await field.fill('zzz')
  await page.getByText('Nothing in the documentation').waitFor()

  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+k')
  await page.keyboard.type('idempotency')
  const dialog = page.getByRole('dialog', { name: 'Search' })
  // They come after what the ledger has, and stay.
  await dialog.getByText(/^\d+ results$/).waitFor({ state: 'attached' })
  await dialog
    .getByRole('link', { name: /^Docs / })
    .first()
    .waitFor()
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/docs\/[\w-]+/)
}
