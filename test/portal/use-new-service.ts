import assert from 'node:assert/strict'
import type { BrowserContext, Page } from 'playwright-core'
import type { startNetwork } from '../cli/bsn.ts'
import { ready } from './portal-world.ts'
import { password } from './walk-first-success.ts'
import { look } from './walk-pages.ts'

/** What people do to publish a service, and what goes wrong. */

export type ServicePages = {
  readonly context: BrowserContext
  readonly page: Page
  readonly network: Awaited<ReturnType<typeof startNetwork>>
  /** Ids of the ledgers. */
  readonly live: string
  readonly sandbox: string
  /** For the service `notes` of the sandbox. */
  readonly apiKey: string
}

export const script = '<script>window.ran = 1</script>'
export const hebrew = '\u05e9\u05dc\u05d5\u05dd \u202e<b>x</b>'

export const press = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: true }).click()
export const field = (page: Page, name: string) => page.getByLabel(name, { exact: true })
const fault = (page: Page, text: RegExp) => page.locator('.field .error-text').getByText(text)

type Faulty = readonly [text: string, fault: RegExp]

/** With nothing before each: what is said of a text was not there already. */
export const faultyTexts = (texts: readonly Faulty[]): readonly Faulty[] =>
  texts.flatMap((one) => [['', /is empty/], one])

/** As a page is between two looks at it. */
export async function asBefore(page: Page): Promise<void> {
  await page.setViewportSize({ width: 1280, height: 900 })
  await page.emulateMedia({ colorScheme: 'light' })
}

/** Acts that the page sends while something is done. */
export async function countActs(page: Page, doing: () => Promise<void>): Promise<number> {
  const sent: string[] = []
  const count = (one: { method(): string; url(): string }) =>
    one.method() === 'POST' && one.url().endsWith('/acts') && sent.push(one.url())
  page.on('request', count)
  await doing()
  page.off('request', count)
  return sent.length
}

async function serviceOf({ network }: ServicePages, ledger: string, name: string) {
  const answer = await fetch(`${network.address}/api/v1/ledgers/${ledger}/services/${name}`)
  assert.equal(answer.status, 200)
  return (await answer.json()) as Record<string, unknown>
}

async function openForm({ page, network }: ServicePages): Promise<void> {
  await page.goto(`${network.address}/new-service`)
  await ready(page)
}

/** What the ledger and its nodes offer is offered, and nothing else. */
export async function choosesAll(pages: ServicePages): Promise<void> {
  const { page, live } = pages
  await openForm(pages)
  const kinds = () => field(page, 'Framework').locator('option').allTextContents()
  const records = 'Records: JSON, each with a receipt'
  const channel = 'Hyperledger Fabric: contracts on a channel'
  assert.deepEqual(await kinds(), [records, 'EVM chain: contracts', channel])
  await field(page, 'Environment').selectOption(live)
  assert.deepEqual(await kinds(), [records, channel])
  await field(page, 'Name').fill('flights')
  await field(page, 'Who reads').selectOption('credentials')
  await page.getByText('Participants and draft').click()
  await field(page, 'Who may take part').selectOption('open')
  await page.getByText('Functions and roles').click()
  const functions = page.getByRole('group', { name: 'What can be called' })
  await functions.getByLabel('history').uncheck()
  await press(page, 'Add a role')
  await field(page, 'Name of role 1').fill('writer')
  const ofRole = page.getByRole('group', { name: 'What role 1 may call' })
  for (const name of ['list', 'history', 'events']) await ofRole.getByLabel(name).uncheck()
  await page.getByText('City nodes, on the map').click()
  await page.getByRole('checkbox', { name: /^node-1, Shanghai:/ }).click()
  const inList = page.getByLabel('node-1, Shanghai', { exact: true })
  assert.equal(await inList.isChecked(), true)
  assert.deepEqual(await look(page, { path: '/new-service open', language: 'en' }), [])
  await asBefore(page)

  await press(page, 'Publish')
  await page.getByText('Its receipt was verified in this browser').waitFor()
  const states = await page
    .locator('.progress li')
    .evaluateAll((all) => all.map((one) => one.dataset.state))
  assert.deepEqual(states, ['done', 'done', 'done', 'done'])
  assert.deepEqual(await look(page, { path: '/new-service done', language: 'en' }), [])
  await asBefore(page)
  const { version: _, publisher: __, ...made } = await serviceOf(pages, live, 'flights')
  assert.deepEqual(made, {
    ...{ id: 'flights', framework: 'records', environment: 'live', keyMode: 'key-trust' },
    ...{ access: 'open', readers: 'credentials', status: 'running', nodes: ['node-1'] },
    functions: ['put', 'get', 'list', 'events'],
    roles: [{ role: 'writer', functions: ['put', 'get'] }],
  })
  await press(page, 'Another service')
  // No page of ours is where a service could be.
  await field(page, 'Name').fill('new')
  await field(page, 'Environment').selectOption(live)
  await page.getByText('Participants and draft').click()
  await field(page, 'When it begins').selectOption('draft')
  await press(page, 'Publish')
  await page.locator('.progress').getByText('Kept as a draft').waitFor()
  assert.equal((await serviceOf(pages, live, 'new')).status, 'draft')
  await page.getByRole('link', { name: 'See the service' }).click()
  await page.getByRole('heading', { name: 'new', exact: true }).waitFor()
  assert.equal(new URL(page.url()).pathname, '/services/new')
}

/** A chain in the sandbox, and a key for it. */
export async function makesChain(pages: ServicePages) {
  const { page } = pages
  await openForm(pages)
  await field(page, 'Name').fill('coin')
  await field(page, 'Framework').selectOption('EVM chain: contracts')
  await press(page, 'Publish')
  await page.getByRole('link', { name: 'Make an API key' }).click()
  await field(page, 'Name of the credential').fill('wallet')
  await press(page, 'Make the key')
  const shown = page.locator('.secret code')
  await shown.waitFor()
  return { service: 'coin', apiKey: (await shown.textContent()) ?? '' }
}

/** What is wrong is said at the field, and what was typed stays. */
export async function refusesBadServices(pages: ServicePages): Promise<void> {
  const { page, context } = pages
  await openForm(pages)
  const name = field(page, 'Name')
  for (const [text, what] of faultyTexts([
    ['a'.repeat(64), /2 to 63/],
    ['Notes', /2 to 63/],
    [script, /2 to 63/],
    [hebrew, /2 to 63/],
    // The name of another one.
    ['notes', /This is taken/],
  ])) {
    await name.fill(text)
    await press(page, 'Publish')
    await fault(page, what).waitFor()
    assert.equal(await name.inputValue(), text)
  }
  assert.deepEqual(await look(page, { path: '/new-service wrong', language: 'en' }), [])
  await asBefore(page)

  // What is wrong behind a closed line is shown.
  await name.fill('cars')
  await page.getByText('Functions and roles').click()
  await press(page, 'Add a role')
  await field(page, 'Name of role 1').fill(hebrew)
  for (const box of await page.getByRole('group', { name: 'What can be called' }).all()) {
    for (const one of await box.getByRole('checkbox').all()) await one.uncheck()
  }
  await page.getByText('Functions and roles').click()
  await press(page, 'Publish')
  await fault(page, /Nothing is chosen/).waitFor()
  await fault(page, /Each role needs a name/).waitFor()
  await page.getByRole('button', { name: /^Roles of participants: / }).click()
  const isInRoles = () => document.activeElement?.getAttribute('name') === 'roles'
  assert.equal(await page.evaluate(isInRoles), true)
  assert.equal(await field(page, 'Name of role 1').inputValue(), hebrew)
  await press(page, 'Remove role 1')
  await page.getByRole('group', { name: 'What can be called' }).getByLabel('put').check()

  await context.setOffline(true)
  await press(page, 'Publish')
  await page.getByRole('heading', { name: 'No answer from the gateway' }).waitFor()
  await page.locator('.progress li[data-state="failed"]').waitFor()
  assert.equal(await name.inputValue(), 'cars')
  await context.setOffline(false)

  const cookies = await context.cookies()
  await context.clearCookies()
  await press(page, 'Publish')
  await page.getByRole('dialog', { name: 'Your session is over' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('heading', { name: /Nobody is signed in/ }).waitFor()
  assert.equal(await name.inputValue(), 'cars')
  await context.addCookies(cookies)
  const sent = await countActs(page, async () => {
    await page.getByRole('button', { name: 'Publish', exact: true }).dblclick()
    await page.getByRole('heading', { name: 'cars is registered' }).waitFor()
  })
  assert.equal(sent, 1)
  assert.equal(await page.evaluate(() => 'ran' in globalThis), false)
}

/** Where the alliance wants a review, the page waits for it, and sees its end. */
export async function waitsForReview(pages: ServicePages): Promise<void> {
  const { page, network, live } = pages
  const done = async (...argv: readonly string[]) => {
    const { code, stderr } = await network.run(...argv)
    assert.equal(code, 0, `${argv.join(' ')}: ${stderr}`)
  }
  for (const [id, ...what] of [
    ['rules', 'rules', '--lock', 'policy=0'],
    ['review', 'policy', '--service-review', 'yes'],
  ] as const) {
    await done('alliance', 'propose', ...what, '--id', id, '--reason', 'So we see')
    await done('alliance', 'vote', id, 'yes')
    await done('alliance', 'execute', id)
  }
  await openForm(pages)
  await field(page, 'Name').fill('reviewed')
  await field(page, 'Environment').selectOption(live)
  await press(page, 'Publish')
  const steps = page.locator('.progress')
  await steps.getByText('In review: another member').waitFor()
  assert.equal(await steps.locator('li[data-state="doing"]').count(), 1)
  await done('service', 'approve', 'reviewed')
  await steps.getByText('Running').waitFor()
  assert.equal(await steps.locator('li[data-state="done"]').count(), 4)
}

/** Signs in again over the page, as the dialog asks. */
export async function signInAgain(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Your session is over' })
  await dialog.getByLabel('E-mail').fill('ann@example.org')
  await dialog.getByLabel('Password', { exact: true }).fill(password)
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).click()
}

/** Shows anew who it is, as the dialog asks. */
export async function stepUp(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Show again that it is you' })
  await dialog.getByLabel('Password', { exact: true }).fill(password)
  await dialog.getByRole('button', { name: 'Go on' }).click()
}
