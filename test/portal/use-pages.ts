import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { startBsn } from '../cli/bsn.ts'
import { evil, type PortalWorld, ready } from './portal-world.ts'
import { look } from './walk-pages.ts'

/** What people do on the public pages. */

export type Opened = {
  readonly page: Page
  readonly world: PortalWorld
  readonly faults: string[]
}

export const heading = (page: Page, name: string | RegExp) =>
  page.getByRole('heading', { name, level: 1 })

/** The page as it is now, in both languages, themes and widths; then as it was. */
export async function lookAt(page: Page, path: string): Promise<void> {
  await toTop(page)
  assert.deepEqual(await look(page, { path, language: 'en' }), [])
  await page.setViewportSize({ width: 1280, height: 900 })
  await speak(page, { menu: /Language and theme/, label: 'Language', language: 'zh-CN' })
  assert.deepEqual(await look(page, { path, language: 'zh-CN' }), [])
  await page.setViewportSize({ width: 1280, height: 900 })
  await page.emulateMedia({ colorScheme: 'light' })
  await speak(page, { menu: /语言与主题/, label: '语言', language: 'en' })
}

type Spoken = { readonly menu: RegExp; readonly label: string; readonly language: string }

async function speak(page: Page, { menu, label, language }: Spoken): Promise<void> {
  await page.getByRole('button', { name: menu }).click()
  await page.getByLabel(label, { exact: true }).selectOption(language)
  await page.waitForFunction((wanted) => document.documentElement.lang === wanted, language)
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await toTop(page)
}

/** What the head of the page covers half is no smaller target: it is scrolled to. */
const toTop = (page: Page) => page.evaluate(() => scrollTo(0, 0))

export async function findsByKeys(_t: TestContext, { page, world }: Opened): Promise<void> {
  await page.goto(world.address)
  await ready(page)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'main')

  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })

  await page.keyboard.press('Control+k')
  await page.keyboard.type('fligh')
  const dialog = page.getByRole('dialog', { name: 'Search' })
  await dialog.getByRole('link', { name: 'Service flights' }).waitFor()
  // Enter that takes a word of an input method opens nothing.
  const composed = { key: 'Enter', bubbles: true, isComposing: true }
  await dialog.getByRole('searchbox').dispatchEvent('keydown', composed)
  await dialog.waitFor()
  await page.keyboard.press('Enter')
  await heading(page, 'flights').waitFor()
  await page.waitForFunction(() => document.activeElement?.tagName === 'H1')
  assert.equal(await page.title(), 'flights · OpenBSN')

  await page.keyboard.press('/')
  await page.keyboard.type('2')
  await dialog.getByRole('link', { name: 'Entry 2' }).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/explore/blocks/2')
  for (const [keys, name] of [
    ['gn', 'City nodes'],
    ['ga', 'Alliance'],
    ['gh', 'Ports'],
  ] as const) {
    for (const key of keys) await page.keyboard.press(key)
    await heading(page, name).waitFor()
  }
}

export async function verifies(_t: TestContext, { page, world }: Opened): Promise<void> {
  const { address, lastRow, file, run } = world
  await page.goto(`${address}/explore/entries/${lastRow}`)
  await page.getByRole('heading', { name: 'It holds' }).waitFor()
  assert.equal(await page.locator('.steps > li[data-state="held"]').count(), 5)
  const files: string[] = []
  for (const name of ['Statement', 'Receipt', 'Keys']) {
    const button = page.getByRole('button', { name, exact: true })
    const [download] = await Promise.all([page.waitForEvent('download'), button.click()])
    const path = file(download.suggestedFilename())
    await download.saveAs(path)
    files.push(path)
  }
  const [statement = '', receipt = '', keys = ''] = files
  const named = ['--statement', statement, '--receipt', receipt, '--keys', keys]
  const { code, stderr } = await run('receipt', 'verify', ...named)
  assert.equal(code, 0, stderr)

  await page.goto(`${address}/receipt`)
  const chosen = page.locator('input[type=file]')
  await chosen.setInputFiles([keys, statement, receipt])
  await page.getByRole('heading', { name: 'It holds' }).waitFor()
  await page.getByText('The keys vouch for themselves').waitFor()
  await page.getByLabel('Ledger that you trust').fill(`bsn1${'0'.repeat(40)}`)
  await page.getByText(/KEY_BUNDLE_INVALID/).waitFor()
  await page.getByLabel('Ledger that you trust').fill('')

  const bytes = readFileSync(statement)
  bytes[bytes.length - 80] = (bytes[bytes.length - 80] ?? 0) ^ 1
  writeFileSync(file('changed.cose'), bytes)
  await chosen.setInputFiles(file('changed.cose'))
  await page.getByRole('heading', { name: 'It does not hold' }).waitFor()
  await page.getByText(/RECEIPT_SIGNATURE_INVALID/).waitFor()

  await page.getByRole('button', { name: 'Start over' }).click()
  await chosen.setInputFiles([file('receipts.ndjson'), keys])
  await page.getByRole('heading', { name: 'It holds' }).waitFor()
}

export async function runsNothingOfTheLedger(
  _t: TestContext,
  { page, world }: Opened,
): Promise<void> {
  const { address, lastRow } = world
  await page.goto(`${address}/explore/entries/${lastRow}?view=text`)
  await page.getByText(evil.slice(0, 30)).waitFor()
  for (const path of [`/explore/entries/${lastRow}`, '/services/flights?tab=records']) {
    await page.goto(address + path)
    await ready(page)
  }
  const q = encodeURIComponent(evil)
  await page.goto(`${address}/explore?q=${q}`)
  await page.getByText(/Nothing on this ledger is called/).waitFor()
  assert.equal(await page.evaluate(() => 'ran' in globalThis), false)
}

export async function keepsStateInUrl(_t: TestContext, { page, world }: Opened): Promise<void> {
  const { address, sandbox } = world
  await page.goto(`${address}/explore/entries?service=flights`)
  await ready(page)
  const filter = page.getByRole('searchbox', { name: 'Filter these rows' })
  await filter.fill('"row":117')
  await page.getByRole('button', { name: 'Entry', exact: true }).click()
  await page.waitForURL(/sort=index/)
  const rows = page.locator('tbody tr')
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1)
  await page.reload()
  await ready(page)
  assert.equal(await filter.inputValue(), '"row":117')
  assert.equal(await rows.count(), 1)
  assert.equal(
    await page.getByRole('columnheader', { name: 'Entry' }).getAttribute('aria-sort'),
    'ascending',
  )
  const [csv] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'CSV' }).click(),
  ])
  const saved = world.file('entries.csv')
  await csv.saveAs(saved)
  assert.equal(readFileSync(saved, 'utf8').trim().split('\n').length, 2)

  await rows.getByRole('link').first().click()
  await page.waitForURL(/explore\/entries\/\d+$/)
  await page.goBack()
  await ready(page)
  assert.equal(await filter.inputValue(), '"row":117')

  // The caret stays where somebody types, though the URL comes after each key.
  await filter.press('Home')
  await page.keyboard.type('on ', { delay: 80 })
  assert.equal(await filter.inputValue(), 'on "row":117')

  await page.getByLabel('Ledger', { exact: true }).selectOption(sandbox)
  await page.waitForURL(new RegExp(`ledger=${sandbox}`))
  await page.getByRole('navigation').getByRole('link', { name: 'Services' }).click()
  await page.getByRole('link', { name: 'coin' }).waitFor()
  assert.match(page.url(), new RegExp(`ledger=${sandbox}`))
  await page.locator('[data-environment="sandbox"]').waitFor()
}

/** How far a long block was opened. */
export async function keepsBlockInUrl(_t: TestContext, { page, world }: Opened): Promise<void> {
  const { address, ledger } = world
  const listed = `${address}/api/v1/ledgers/${ledger}/entries?service=flights&limit=200`
  const { entries } = (await (await fetch(listed)).json()) as { entries: { height: number }[] }
  const blocks = Map.groupBy(entries, (entry) => entry.height)
  const [height, all = []] = [...blocks].toSorted(([, a], [, b]) => b.length - a.length)[0] ?? []
  assert.ok(all.length > 25, `${all.length} rows in one block`)
  await page.goto(`${address}/explore/blocks/${height}`)
  const lines = page.locator('.lines > li')
  await lines.nth(24).waitFor()
  assert.equal(await lines.count(), 25)
  await page.getByRole('button', { name: /more/ }).click()
  await page.waitForURL(/entries=50$/)
  await page.reload()
  await lines.nth(25).waitFor()
  assert.equal(await lines.count(), Math.min(50, all.length))
}

export async function choosesLanguageAndTheme(
  _t: TestContext,
  { page, world }: Opened,
): Promise<void> {
  await page.goto(`${world.address}/services/flights?tab=participants`)
  await ready(page)
  const ground = () =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  const light = await ground()
  await page.getByRole('button', { name: /Language and theme/ }).click()
  await page.getByLabel('Language', { exact: true }).selectOption('zh-CN')
  await page.getByRole('tab', { name: '参与方', selected: true }).waitFor()
  await page.getByLabel('主题', { exact: true }).selectOption('dark')
  assert.match(page.url(), /services\/flights\?tab=participants$/)
  assert.notEqual(await ground(), light)

  // Nothing flashes: theme and language are set before there is anything to paint.
  await page.addInitScript(() => {
    addEventListener('DOMContentLoaded', () => {
      const { lang, dataset } = document.documentElement
      globalThis.atFirst = `${lang} ${dataset.theme}`
    })
  })
  await page.reload()
  await page.getByRole('tab', { name: '参与方', selected: true }).waitFor()
  assert.equal(await page.evaluate(() => globalThis.atFirst), 'zh-CN dark')
  await page.getByRole('button', { name: /语言与主题/ }).click()
  await page.getByLabel('主题', { exact: true }).selectOption('system')
  await page.getByLabel('语言', { exact: true }).selectOption('en')
  await page.getByRole('tab', { name: 'Participants' }).waitFor()
  assert.equal(await ground(), light)
}

export async function saysWhatIsWrong(_t: TestContext, { page, world }: Opened): Promise<void> {
  const { address } = world
  await page.goto(`${address}/explore/entries/999999`)
  const alert = page.getByRole('alert')
  await alert.getByRole('heading', { name: 'There is no such entry yet' }).waitFor()
  await alert.getByRole('link', { name: 'ENTRY_NOT_FOUND' }).waitFor()
  await alert.getByText('Request id').waitFor()
  await page.goto(`${address}/services/notes?tab=records`)
  await page.getByText('For credentials of the service alone').waitFor()
  await page.goto(`${address}/services/nosuch`)
  await page.getByText('SERVICE_UNKNOWN').waitFor()
  await page.goto(`${address}/nowhere`)
  await heading(page, 'Nothing is at this address').waitFor()
}

/** What an address says that makes no sense is as if it were not there. */
export async function opensOddAddresses(_t: TestContext, { page, world }: Opened): Promise<void> {
  const odd = [
    ['/services?sort=true', 'Services'],
    ['/services?filter=true', 'Services'],
    ['/explore?q=true', 'Explore'],
    ['/explore/entries?from=abc', 'Entries'],
    ['/explore/entries?from=9007199254740991', 'Entries'],
    ['/nodes?ledger=true', 'City nodes'],
    ['/docs?q=true', 'Documentation'],
    ['/docs/nosuch', 'Nothing is at this address'],
  ] as const
  for (const [path, name] of odd) {
    await page.goto(world.address + path)
    await heading(page, name).waitFor()
  }
}

export async function survivesTheGateway(t: TestContext, { page, world }: Opened): Promise<void> {
  const { address, home, up } = world
  await page.goto(`${address}/explore`)
  await ready(page)
  up.child.kill('SIGTERM')
  await up.ended
  await page.getByText('The gateway does not answer.').waitFor()
  await heading(page, 'Explore').waitFor()
  const { port } = new URL(address)
  const again = startBsn(['up', '--home', home, '--port', port, '--json', '--quiet'])
  t.after(async () => {
    again.child.kill('SIGKILL')
    await again.ended
  })
  await again.until(/^\{.*\}\n/)
  await page.getByText('The gateway does not answer.').waitFor({ state: 'detached' })
}

declare global {
  var atFirst: string
}
