import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { ready } from './portal-world.ts'
import {
  asBefore,
  countActs,
  field,
  hebrew,
  press,
  type ServicePages,
  script,
  signInAgain,
  stepUp,
} from './use-new-service.ts'
import { look } from './walk-pages.ts'

/** What people do with credentials: make, change, end. */

export const tabPath = (name: string, tab: string, ledger: string) =>
  `/services/${name}?tab=${tab}&ledger=${ledger}`

/** What somebody sees who builds. */
export const buildPaths = (sandbox: string): readonly string[] => [
  ...['/', '/new-service'],
  ...['credentials', 'try', 'code'].map((tab) => tabPath('notes', tab, sandbox)),
  tabPath('coin', 'try', sandbox),
]

async function openCredentials({ page, network, sandbox }: ServicePages): Promise<void> {
  await page.goto(network.address + tabPath('notes', 'credentials', sandbox))
  await ready(page)
}

const faults = (page: Page, text: RegExp) => page.locator('.error-text').getByText(text)
const card = (page: Page, label: string) =>
  page.locator('.card', { has: page.getByRole('heading', { name: label }) })

const usedOf = (page: Page, label: string) =>
  card(page, label).locator('dt', { hasText: 'Last used' }).locator('..').locator('dd')

/** Keeps the key that is shown, and goes on. */
async function keepKey(page: Page, next: string): Promise<string> {
  const key = (await page.locator('.secret code').first().textContent()) ?? ''
  await page.getByText('Its receipt was verified in this browser').waitFor()
  // Nothing goes on before it was saved.
  assert.equal(await page.getByRole('button', { name: next, exact: true }).isEnabled(), false)
  await page.getByLabel('I saved it').check()
  await press(page, next)
  return key
}

/** Whether the gateway takes a record by a key. */
async function writes({ network, sandbox }: ServicePages, key: string): Promise<number> {
  const url = `${network.address}/api/v1/ledgers/${sandbox}/services/notes/records`
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ key: 'tried', value: 1 })
  return (await fetch(url, { method: 'POST', headers, body })).status
}

/** Scopes and an end, as the ledger has them; the key is shown once. */
export async function makesCredentials(pages: ServicePages): Promise<void> {
  const { page, network, sandbox } = pages
  await openCredentials(pages)
  await field(page, 'Name of the credential').fill(script)
  await field(page, 'Write records').uncheck()
  await field(page, 'Read events').check()
  await field(page, 'Ends').selectOption('month')
  await press(page, 'Make the key')
  await page.getByRole('heading', { name: 'Your new API key' }).waitFor()
  assert.deepEqual(await look(page, { path: '/services credentials secret', language: 'en' }), [])
  await asBefore(page)
  const key = await keepKey(page, 'Go on and write a record')
  await page.waitForURL(/tab=try/)

  await openCredentials(pages)
  const own = card(page, script)
  await own.getByText(key.slice(-4)).waitFor()
  await usedOf(page, script).getByText('never at this gateway').waitFor()
  assert.equal((await page.content()).includes(key), false)
  const id =
    (await own
      .getByText(/^cred_/)
      .first()
      .textContent()) ?? ''
  const short = id.replace(/…(.*)$/, '')
  const acts = await network.run(
    'credential',
    'show',
    await fullId(page, short),
    '--sandbox',
    '--json',
  )
  assert.equal(acts.code, 0, acts.stderr)
  const shown = JSON.parse(acts.stdout) as { readonly scopes: string[]; readonly expires: number }
  assert.deepEqual([...shown.scopes].sort(), ['events:read', 'records:read'])
  const days = (shown.expires - Date.now() / 1000) / 86_400
  assert.ok(days > 29.9 && days < 30.1, String(days))
  assert.equal(await writes(pages, key), 403)
  assert.equal(await page.evaluate(() => 'ran' in globalThis), false)
  assert.ok(sandbox)
}

/** The whole id stands in its hint. */
async function fullId(page: Page, short: string): Promise<string> {
  const label = await page.getByRole('note', { name: new RegExp(short) }).getAttribute('aria-label')
  return label?.split(' ').at(-1) ?? ''
}

export async function refusesBadCredentials(pages: ServicePages): Promise<void> {
  const { page, context } = pages
  await openCredentials(pages)
  const label = field(page, 'Name of the credential')
  for (const [text, what] of [
    ['  ', /is empty/],
    ['a'.repeat(81), /80 characters/],
  ] as const) {
    await label.fill(text)
    await press(page, 'Make the key')
    await faults(page, what).waitFor()
    assert.equal(await label.inputValue(), text)
  }
  await label.fill(hebrew)
  for (const name of ['Write records', 'Read records']) await field(page, name).uncheck()
  await press(page, 'Make the key')
  await faults(page, /Nothing is chosen/).waitFor()
  assert.deepEqual(await look(page, { path: '/services credentials wrong', language: 'en' }), [])
  await asBefore(page)
  await field(page, 'Write records').check()
  await context.setOffline(true)
  await press(page, 'Make the key')
  await page.getByRole('heading', { name: 'No answer from the gateway' }).waitFor()
  await context.setOffline(false)
  assert.equal(await label.inputValue(), hebrew)
  await context.clearCookies()
  const sent = await countActs(page, async () => {
    await press(page, 'Make the key')
    await page.getByRole('dialog', { name: 'Your session is over' }).waitFor()
    assert.equal(await label.inputValue(), hebrew)
    await signInAgain(page)
    await page.getByRole('heading', { name: 'Your new API key' }).waitFor()
  })
  // One that nobody was signed in for, and one that counted.
  assert.equal(sent, 2)
  await keepKey(page, 'Go on and write a record')
  await openCredentials(pages)
  await card(page, hebrew).waitFor()
  assert.equal(await card(page, hebrew).count(), 1)
}

/** The old key goes on for a while, or ends at once. */
export async function rotates(pages: ServicePages): Promise<void> {
  const { page } = pages
  await openCredentials(pages)
  const rotate = async (overlap: string) => {
    await press(page, 'New key for laptop')
    const dialog = page.getByRole('dialog', { name: 'New key for laptop' })
    await dialog.getByLabel('The old key works on for').selectOption(overlap)
    const sent = await countActs(page, async () => {
      await dialog.getByRole('button', { name: 'New key', exact: true }).dblclick()
      await page.getByRole('heading', { name: 'Your new API key' }).waitFor()
    })
    assert.equal(sent, 1)
    return keepKey(page, 'Back to the credentials')
  }
  assert.equal(await writes(pages, pages.apiKey), 201)
  const second = await rotate('day')
  await card(page, 'laptop').getByText('until').waitFor()
  assert.deepEqual([await writes(pages, pages.apiKey), await writes(pages, second)], [201, 201])
  const third = await rotate('none')
  assert.deepEqual([await writes(pages, second), await writes(pages, third)], [401, 201])
  await openCredentials(pages)
  await usedOf(page, 'laptop')
    .getByText(/^(now|\d+ sec\. ago)$/)
    .waitFor()
}

/** Stopped for a while, and then for good: by whoever types its name and shows who it is. */
export async function freezesAndRevokes(pages: ServicePages): Promise<void> {
  const { page, context } = pages
  await openCredentials(pages)
  await press(page, `Revoke ${script}`)
  const revoke = page.getByRole('dialog', { name: `Revoke ${script}` })
  for (const [text, what] of [
    ['', /is empty/],
    ['script', /look at each character/],
  ] as const) {
    await revoke.getByLabel(/^Type /).fill(text)
    await revoke.getByRole('button', { name: 'Revoke', exact: true }).click()
    await revoke.locator('.error-text').getByText(what).waitFor()
  }
  assert.deepEqual(await look(page, { path: '/services credentials revoke', language: 'en' }), [])
  await asBefore(page)
  await revoke.getByLabel(/^Type /).fill(script)
  await context.setOffline(true)
  await revoke.getByRole('button', { name: 'Revoke', exact: true }).click()
  await revoke.getByRole('heading', { name: 'No answer from the gateway' }).waitFor()
  await context.setOffline(false)
  assert.equal(await revoke.getByLabel(/^Type /).inputValue(), script)
  await revoke.getByRole('button', { name: 'Revoke', exact: true }).click()
  await stepUp(page)
  const own = card(page, script)
  await own.getByText('revoked').waitFor()
  await own.getByText('Its receipt was verified in this browser').waitFor()
  assert.equal(await own.getByRole('button', { name: /^(Revoke|New key|Freeze)/ }).count(), 0)

  for (const [way, state] of [
    ['Freeze', 'frozen'],
    ['Let laptop go on', 'active'],
  ] as const) {
    const name = way === 'Freeze' ? 'Freeze laptop' : way
    await press(page, name)
    const dialog = page.getByRole('dialog', { name })
    const sent = await countActs(page, async () => {
      await dialog.getByRole('button', { name: /^(Freeze|Let go on)$/ }).dblclick()
      await card(page, 'laptop').getByText(state, { exact: true }).waitFor()
    })
    assert.equal(sent, 1)
    await card(page, 'laptop').getByText('Its receipt was verified').waitFor()
  }
}

/** A key that signs: in a file that the command line takes as it is. */
export async function makesSigningKeys(pages: ServicePages, file: (name: string) => string) {
  const { page, network, live } = pages
  await page.goto(network.address + tabPath('signed', 'credentials', live))
  await ready(page)
  await field(page, 'Name of the credential').fill('desk')
  await press(page, 'Make the key')
  await page.getByRole('heading', { name: 'Your new credential file' }).waitFor()
  const download = page.waitForEvent('download')
  await press(page, 'Download')
  const path = file('signed.credential')
  await (await download).saveAs(path)
  await keepKey(page, 'Back to the credentials')
  await page.getByText('Signing keys').waitFor()
  return path
}
