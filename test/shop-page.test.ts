import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { openBrowser } from '../src/testing/browser.ts'
import { needs } from '../src/testing/needs.ts'
import { bsn, scratchFolder } from './cli/bsn.ts'
import { award, balances, type ShopWorld, startShop } from './shop/shop-world.ts'

/** What the page does in a browser. SCREENSHOTS=DIR keeps what it looks like. */

type Opened = { readonly page: Page; readonly world: ShopWorld; readonly faults: string[] }

describe('the page of the example shop', () => {
  it('is used as people use it', async (t) => {
    if (!needs(t, 'chromium')) return
    const world = await startShop(t)
    const browser = await openBrowser(t)
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    const opened = { page, world, faults: watch(page, world) }
    const run = (what: string, test: (t: TestContext, opened: Opened) => Promise<void>) =>
      t.test(what, (inner) => test(inner, opened))
    await page.goto(world.url)
    await run('moves points by keyboard, and once for a double click', movesPoints)
    await run('says what is wrong, and keeps what was typed', saysWhatIsWrong)
    await run('verifies a proof by itself, and saves it', verifies)
    await run('fits a narrow screen, light and dark', fits)
    await run('keeps an order over a lost gateway and a closed page', keepsOrders)
    assert.deepEqual(opened.faults, [])
  })
})

/** What must not come up: scripts that fail, what the policy refuses, and requests to elsewhere. */
function watch(page: Page, { url }: ShopWorld): string[] {
  const faults: string[] = []
  page.on('pageerror', ({ message }) => faults.push(message))
  page.on('console', (line) => {
    // The browser itself says of a refused order that its status is no success.
    if (line.type() === 'error' && !/status of (422|503)/.test(line.text()))
      faults.push(line.text())
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) faults.push(request.url())
  })
  return faults
}

const shot = async ({ page }: Opened, name: string, folder: string | undefined) => {
  await page.screenshot({ path: join(folder ?? '', `${name}.png`), fullPage: true })
}
const screenshots = process.env.SCREENSHOTS

async function movesPoints(_t: TestContext, { page, world }: Opened): Promise<void> {
  await page.getByText('Live', { exact: true }).waitFor()
  await page.getByRole('radio', { name: /Ada/ }).focus()
  await page.keyboard.press('ArrowRight')
  await page.getByRole('heading', { name: 'Points of Bob' }).waitFor()
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('Tab')
  await page.keyboard.type('1200')
  await page.keyboard.press('Tab')
  await page.keyboard.type('order 1042')
  await page.keyboard.press('Enter')
  await page.getByText('Award to Ada of 1,200 points: done.').waitFor()

  const redeem = page.getByRole('form', { name: 'Redeem' })
  await redeem.getByLabel('Points').fill('200')
  await redeem.getByLabel('For what').fill('<b>coffee</b>')
  await redeem.getByRole('button').dblclick()
  await page.getByText('Redemption by Ada of 200 points: done.').waitFor()

  const transfer = page.getByRole('form', { name: 'Pass on' })
  await transfer.getByLabel('Points').fill('50')
  await transfer.getByLabel('To').selectOption('Cleo')
  await transfer.getByRole('button').click()
  await page.locator('#points-cleo').getByText('50', { exact: true }).waitFor()
  await page.locator('#points-ada').getByText('950', { exact: true }).waitFor()
  const state = await world.state()
  assert.equal(state.moves.length, 3)
  assert.deepEqual(balances(state), { ada: '950', bob: '0', cleo: '50' })
  await page.getByText('<b>coffee</b>').waitFor()
}

async function saysWhatIsWrong(_t: TestContext, { page }: Opened): Promise<void> {
  const redeem = page.getByRole('form', { name: 'Redeem' })
  const points = redeem.getByLabel('Points')
  await points.fill('1,5')
  await redeem.getByRole('button').click()
  await redeem.getByRole('alert').getByText('Give a whole number of points').waitFor()
  assert.equal(await points.getAttribute('aria-invalid'), 'true')
  assert.equal(await points.evaluate((one) => one === document.activeElement), true)

  await points.fill('951')
  await redeem.getByLabel('For what').fill('a cake')
  await redeem.getByRole('button').click()
  const alert = redeem.getByRole('alert')
  await alert.getByText('Not enough points: 951 are needed, and 950 are there.').waitFor()
  await alert.getByText(/CALL_REVERTED: .*ERC20InsufficientBalance\(sender: 0x/).waitFor()
  assert.equal(await points.inputValue(), '951')
}

async function verifies(t: TestContext, { page, world }: Opened): Promise<void> {
  const move = page.getByRole('listitem').filter({ hasText: 'order 1042' })
  await move.getByText('proven', { exact: true }).waitFor()
  await move.getByRole('button', { name: /Verify here/ }).click()
  await page.getByText('Verified here: Ada earned 1,200 points.').waitFor()
  const checks = move.locator('.checks li')
  assert.equal(await checks.count(), 4)
  await checks.getByText(/issue\(0x\w{40}, 1200, "order 1042"\), as an act of .* till-/).waitFor()

  await page.getByText('What a proof is verified against').click()
  const trusted = page.getByLabel('Ledger that you trust')
  assert.equal(await trusted.inputValue(), world.ledger)
  await trusted.fill('0'.repeat(64))
  await move.getByRole('button', { name: /Verify here/ }).click()
  await move.getByText(/KEY_BUNDLE_INVALID/).waitFor()
  await trusted.fill(world.ledger)
  await move.getByRole('button', { name: /Verify here/ }).click()
  await checks.getByText('The keys are those that the id of the ledger pins.').waitFor()

  const folder = scratchFolder(t)
  const saved: string[] = []
  for (const link of [move.getByRole('link'), page.getByRole('link', { name: /ledger's keys/ })]) {
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()])
    const path = join(folder, download.suggestedFilename())
    await download.saveAs(path)
    saved.push(path)
  }
  const [proof = '', keys = ''] = saved
  const { code, stderr } = await bsn(['receipt', 'verify', proof, '--keys', keys])
  assert.equal(code, 0, stderr)
}

async function fits(t: TestContext, opened: Opened): Promise<void> {
  const { page } = opened
  const folder = screenshots ?? scratchFolder(t)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const width of [1280, 320]) {
      await page.setViewportSize({ width, height: 800 })
      const needed = await page.evaluate(() => document.documentElement.scrollWidth)
      assert.equal(needed, width, `${colorScheme} at ${width} px`)
      await shot(opened, `${colorScheme}-${width}`, folder)
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 1280, height: 900 })
}

async function keepsOrders(t: TestContext, opened: Opened): Promise<void> {
  const { page, world } = opened
  const before = (await world.state()).moves.length
  await world.stop()
  const form = page.getByRole('form', { name: 'Award' })
  await form.getByLabel('Points').fill('5')
  await form.getByLabel('Purchase').fill('order 1043')
  await form.getByRole('button').click()
  await page.getByText('No answer yet.').waitFor()
  await page.getByText('The gateway does not answer.').waitFor()
  await shot(opened, 'gateway-lost', screenshots ?? scratchFolder(t))
  await page.reload()
  await page.getByText('Award to Ada').waitFor()
  await world.start()
  await page.getByText(/Award to Ada of 5 points: /).waitFor()
  await page.locator('#points-ada').getByText('955', { exact: true }).waitFor()
  await page.getByText('Live', { exact: true }).waitFor()
  await page.getByText('order 1043 ·').waitFor()
  const moves = (await world.state()).moves.slice(before)
  assert.deepEqual(
    moves.map(({ points, note }) => [points, note]),
    [['5', 'order 1043']],
  )
  assert.equal((await world.order('redeem', award('ada', '955', 'all'))).status, 201)
}
