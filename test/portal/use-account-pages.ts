import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { totpCode } from '../../src/testing/totp.ts'
import type { startNetwork } from '../cli/bsn.ts'
import { ready } from './portal-world.ts'
import { look } from './walk-pages.ts'

/** What people do with their accounts. */

export type AccountPages = {
  readonly browser: Browser
  readonly context: BrowserContext
  readonly page: Page
  readonly network: Awaited<ReturnType<typeof startNetwork>>
  /** What somebody wrote down, such as the secret of the authenticator. */
  readonly kept: Map<'uri' | 'second' | 'key' | 'request', string>
}

export const paths = {
  own: ['/account', '/organisation', '/organisation?tab=acts'],
  anybody: ['/sign-in?back=/account', '/setup', '/sign-up'],
  /** Of somebody who sees everything and changes nothing. */
  auditor: [
    ...['/', '/organisation', '/organisation?tab=acts', '/new-service', '/services/pledges'],
    ...['participants', 'credentials', 'try', 'webhooks', 'usage', 'log'].map(
      (tab) => `/services/pledges?tab=${tab}`,
    ),
  ],
} as const

const password = 'correct and long enough'
const script = '<script>window.ran = 1</script>'
const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name, level: 1 })
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
const field = (page: Page, name: string) => page.getByLabel(name, { exact: true })

/**
 * The code before the one that is due now: each counts once, and the next ones are for later. One
 * that would be too old in a moment is waited for anew.
 */
async function lastCode(uri: string): Promise<string> {
  const leftMs = 30_000 - (Date.now() % 30_000)
  if (leftMs < 5000) await setTimeout(leftMs)
  return totpCode(uri, Date.now() - 30_000)
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Account of/ }).click()
  await press(page, 'Sign out')
  await page.getByRole('link', { name: 'Sign in' }).waitFor()
}

async function signIn(page: Page, email = 'ann@example.org'): Promise<void> {
  await field(page, 'E-mail').fill(email)
  await field(page, 'Password').fill(password)
  await press(page, 'Sign in')
}

export async function setsUp({ page, network }: AccountPages): Promise<void> {
  const { stdout, stderr, code } = await network.run('portal', 'setup', '--json')
  assert.equal(code, 0, stderr)
  const { setup } = JSON.parse(stdout) as { setup: string }
  await page.goto(setup)
  await ready(page)
  assert.equal(page.url(), `${network.address}/setup`)

  await press(page, 'Set up')
  await page.getByRole('heading', { name: '4 fields need another look' }).waitFor()
  const isInSummary = () =>
    page.evaluate(() => document.activeElement?.classList.contains('form-summary'))
  assert.equal(await isInSummary(), true)
  await page.getByRole('button', { name: 'Your name: This is empty: please fill it in.' }).waitFor()
  assert.equal(await page.locator('.field[data-wrong]').count(), 4)
  assert.deepEqual(await look(page, { path: '/setup wrong', language: 'en' }), [])
  await page.setViewportSize({ width: 1280, height: 900 })
  await page.emulateMedia({ colorScheme: 'light' })

  await field(page, 'Your name').fill('Ann')
  await field(page, 'E-mail').fill('ann')
  await field(page, 'New password').fill('short')
  await field(page, 'Organisation').fill('x'.repeat(81))
  await press(page, 'Set up')
  await page.getByRole('heading', { name: '3 fields need another look' }).waitFor()
  await page.getByRole('button', { name: /no e-mail address/ }).click()
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'email')
  await field(page, 'E-mail').fill('ann@example.org')
  await field(page, 'Organisation').fill(script)
  await field(page, 'New password').fill('password1234')
  await press(page, 'Set up')
  await page
    .locator('.field[data-wrong]')
    .getByText(/everybody tries first/)
    .waitFor()
  assert.equal(await field(page, 'Organisation').inputValue(), script)
  await field(page, 'New password').fill(password)
  await press(page, 'Set up')
  await page.getByRole('heading', { name: 'Your first proven record' }).waitFor()
  assert.equal(page.url(), `${network.address}/`)
  await page.getByRole('button', { name: 'Account of Ann' }).click()
  await page.getByRole('link', { name: 'Account', exact: true }).click()
  await heading(page, 'Account').waitFor()
  assert.equal(await page.evaluate(() => 'ran' in globalThis), false)
}

export async function signsInWithCodes({ page, network, kept }: AccountPages): Promise<void> {
  const begin = page.getByRole('form', { name: 'Set up an authenticator' })
  await begin.getByLabel('Present password').fill('quite another one')
  await begin.getByRole('button').click()
  await begin
    .locator('.field')
    .getByText(/present password is another/)
    .waitFor()
  await begin.getByLabel('Present password').fill(password)
  await begin.getByRole('button', { name: 'Set up an authenticator' }).click()
  const uri = (await page.locator('code', { hasText: 'otpauth://' }).textContent()) ?? ''
  const [backup = '', second = ''] = await page.locator('.backup-codes code').allTextContents()
  kept.set('uri', uri).set('second', second)
  assert.deepEqual(await look(page, { path: '/account totp', language: 'en' }), [])
  await page.setViewportSize({ width: 1280, height: 900 })
  await page.emulateMedia({ colorScheme: 'light' })
  // Nothing goes on before the codes were saved.
  assert.equal(await page.getByRole('button', { name: 'Turn it on' }).count(), 0)
  await page.getByLabel('I saved them').check()
  await field(page, 'Code of the authenticator').fill('12 34')
  await press(page, 'Turn it on')
  await page.locator('.field').getByText('A code is six digits.').waitFor()
  await field(page, 'Code of the authenticator').fill(await lastCode(uri))
  await press(page, 'Turn it on')
  await page.getByText('There is an authenticator').waitFor()

  await signOut(page)
  await page.goto(`${network.address}/organisation?tab=acts`)
  await page.waitForURL(/sign-in\?back=/)
  await signIn(page)
  await field(page, 'Code of the authenticator').fill(totpCode(uri, Date.now()))
  await press(page, 'Sign in')
  await page.waitForURL(/organisation\?tab=acts$/)
  await heading(page, script).waitFor()

  await signOut(page)
  await page.goto(`${network.address}/sign-in?back=//evil.example`)
  await field(page, 'E-mail').fill('ann@example.org')
  await field(page, 'Password').fill('quite another one')
  await press(page, 'Sign in')
  await page
    .locator('.field')
    .getByText(/no account with that e-mail/)
    .waitFor()
  await signIn(page)
  await press(page, 'Use a backup code')
  await field(page, 'Backup code').fill(backup)
  await press(page, 'Sign in')
  await page.waitForURL(`${network.address}/`)
}

export async function refusesBadInput({ page, network, context }: AccountPages): Promise<void> {
  await page.goto(`${network.address}/account`)
  const rename = page.getByRole('form', { name: 'Change the name' })
  const name = rename.getByLabel('Your name')
  const hebrew = '\u05e9\u05dc\u05d5\u05dd \u202e<b>Ann</b>'
  for (const [text, fault] of [
    ['   ', /is empty/],
    ['a'.repeat(5000), /80 characters at most/],
  ] as const) {
    await name.fill(text)
    await rename.getByRole('button', { name: 'Change the name' }).click()
    await rename.locator('.field').getByText(fault).waitFor()
    assert.equal(await name.inputValue(), text)
  }
  await name.fill(hebrew)
  await context.setOffline(true)
  await rename.getByRole('button', { name: 'Change the name' }).click()
  await rename.getByRole('heading', { name: 'No answer from the gateway' }).waitFor()
  assert.equal(await name.inputValue(), hebrew)
  await context.setOffline(false)
  const sent: string[] = []
  page.on('request', (one) => one.method() === 'PATCH' && sent.push(one.url()))
  await rename.getByRole('button', { name: 'Change the name' }).dblclick()
  await page.getByRole('button', { name: `Account of ${hebrew}` }).waitFor()
  assert.equal(sent.length, 1)
  await name.fill('Ann')
  await rename.getByRole('button', { name: 'Change the name' }).click()
  await page.getByRole('button', { name: 'Account of Ann' }).waitFor()
}

/** Whoever leaves a machine must see that the session may go on. */
export async function saysThatNobodySignedOut({ page, network }: AccountPages): Promise<void> {
  await page.goto(`${network.address}/`)
  await page.route('**/portal/v1/sign-out', (route) => route.abort('internetdisconnected'))
  await page.getByRole('button', { name: 'Account of Ann' }).click()
  await press(page, 'Sign out')
  const menu = page.getByRole('dialog', { name: 'Account of Ann' })
  await menu.getByRole('heading', { name: 'No answer from the gateway' }).waitFor()
  assert.deepEqual(await look(page, { path: '/ not signed out', language: 'en' }), [])
  await page.setViewportSize({ width: 1280, height: 900 })
  await page.emulateMedia({ colorScheme: 'light' })
  await page.keyboard.press('Escape')
  await page.unroute('**/portal/v1/sign-out')
}

export async function invites({ page, browser, network }: AccountPages): Promise<void> {
  await page.goto(`${network.address}/organisation`)
  await page.getByLabel('Whom it is for').fill('Bob')
  const sent: string[] = []
  const count = (one: { method(): string; url(): string }) =>
    one.method() === 'POST' && one.url().endsWith('/invitations') && sent.push(one.url())
  page.on('request', count)
  await page.getByRole('button', { name: 'Invite', exact: true }).dblclick()
  const link = (await page.locator('code', { hasText: '/sign-up#' }).textContent()) ?? ''
  page.off('request', count)
  assert.equal(sent.length, 1)
  await page.getByRole('button', { name: 'Take back the invitation of Bob' }).waitFor()
  await page.reload()
  await page.getByRole('button', { name: 'Take back the invitation of Bob' }).waitFor()
  assert.equal(await page.getByText('/sign-up#').count(), 0)

  const context = await browser.newContext()
  const other = await context.newPage()
  await other.goto(link)
  await other.getByText('developer: builds services').waitFor()
  assert.equal(other.url(), `${network.address}/sign-up`)
  await field(other, 'Your name').fill('Bob')
  await field(other, 'New password').fill(password)
  await field(other, 'E-mail').fill('ann@example.org')
  await press(other, 'Make the account')
  await other
    .locator('.field')
    .getByText(/account with that e-mail already/)
    .waitFor()
  await field(other, 'E-mail').fill('bob@example.org')
  await press(other, 'Make the account')
  await heading(other, script).waitFor()
  // A developer sees who is there and changes nobody.
  await other.getByRole('heading', { name: 'Bob (you)' }).waitFor()
  assert.equal(await other.getByRole('button', { name: /^Remove/ }).count(), 0)
  await other.goto(link)
  await other.getByRole('heading', { name: /invitation was used/ }).waitFor()
  await context.close()
}

/** Invites an auditor, and has the cookies of whoever becomes that. */
export async function becomesAuditor({ page, browser, network }: AccountPages) {
  const token = await page.evaluate(async () => {
    const json = { 'content-type': 'application/json' }
    const me = await (await fetch('/portal/v1/me')).json()
    const path = `/portal/v1/organisations/${me.organisations[0].id}/invitations`
    const body = JSON.stringify({ role: 'auditor', label: 'Eve' })
    const answer = await fetch(path, { method: 'POST', headers: json, body })
    return (await answer.json()).token as string
  })
  const context = await browser.newContext()
  const other = await context.newPage()
  await other.goto(`${network.address}/sign-up#${token}`)
  await field(other, 'Your name').fill('Eve')
  await field(other, 'New password').fill(password)
  await field(other, 'E-mail').fill('eve@example.org')
  await press(other, 'Make the account')
  await other.getByRole('heading', { name: 'Eve (you)' }).waitFor()
  const storageState = await context.storageState()
  await context.close()
  return storageState
}

export async function actsAreListed({ page, network }: AccountPages): Promise<void> {
  await page.goto(`${network.address}/organisation?tab=acts`)
  await page.getByRole('heading', { name: 'Nothing was done yet' }).waitFor()
  const entry = await page.evaluate(async () => {
    const json = { 'content-type': 'application/json' }
    const me = await (await fetch('/portal/v1/me')).json()
    const fields = { id: 'flights', framework: 'records', keyMode: 'key-trust' }
    const body = JSON.stringify({ act: 'service-create', fields, requestKey: 'flights-1' })
    const path = `/portal/v1/organisations/${me.organisations[0].id}/acts`
    const answer = await fetch(path, { method: 'POST', headers: json, body })
    return (await answer.json()).entry as number
  })
  await page.reload()
  await page.getByRole('link', { name: `#${entry}` }).click()
  await page.waitForURL(new RegExp(`/explore/entries/${entry}`))
  await page
    .getByText(/published service flights/)
    .first()
    .waitFor()
}

export async function losesNoSession(opened: AccountPages): Promise<void> {
  const { page, network, context, kept } = opened
  await page.goto(`${network.address}/account`)
  const rename = page.getByRole('form', { name: 'Change the name' })
  await rename.getByLabel('Your name').fill('Ann Two')
  await context.clearCookies()
  const change = rename.getByRole('button', { name: 'Change the name' })
  await change.click()
  const dialog = page.getByRole('dialog', { name: 'Your session is over' })
  await dialog.getByLabel('E-mail').waitFor()
  await page.keyboard.press('Escape')
  await rename.getByRole('heading', { name: /Nobody is signed in/ }).waitFor()
  assert.equal(await rename.getByLabel('Your name').inputValue(), 'Ann Two')
  await change.click()
  await dialog.getByLabel('E-mail').fill('ann@example.org')
  await dialog.getByLabel('Password', { exact: true }).fill(password)
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).click()
  // The next code: each counts once.
  const next = totpCode(kept.get('uri') ?? '', Date.now() + 30_000)
  await dialog.getByLabel('Code of the authenticator').fill(next)
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('button', { name: 'Account of Ann Two' }).waitFor()
}

export async function removesSomebody({ page, network }: AccountPages): Promise<void> {
  await page.goto(`${network.address}/organisation`)
  await press(page, 'Remove Bob')
  const dialog = page.getByRole('dialog', { name: 'Remove Bob' })
  await dialog.getByLabel(/Type the name/).fill('bob')
  await dialog.getByRole('button', { name: 'Remove', exact: true }).click()
  await dialog
    .locator('.field')
    .getByText(/look at each character/)
    .waitFor()
  await dialog.getByLabel(/Type the name/).fill('Bob')
  await dialog.getByRole('button', { name: 'Remove', exact: true }).click()
  const stepUp = page.getByRole('dialog', { name: 'Show again that it is you' })
  await stepUp.getByLabel('Password', { exact: true }).fill(password)
  await stepUp.getByRole('button', { name: 'Go on' }).click()
  await page.getByRole('heading', { name: 'Bob', exact: true }).waitFor({ state: 'detached' })
  await page.getByRole('heading', { name: 'Ann Two (you)' }).waitFor()
}

export async function signsInByPasskey({ browser, network, kept }: AccountPages): Promise<void> {
  const address = network.address.replace('127.0.0.1', 'localhost')
  const context = await browser.newContext()
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  const devtools = await context.newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true },
      ...{ hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
    },
  })
  await page.goto(`${address}/sign-in?back=/account`)
  await signIn(page)
  await press(page, 'Use a backup code')
  await field(page, 'Backup code').fill(kept.get('second') ?? '')
  await press(page, 'Sign in')
  await field(page, 'Name of the passkey').fill('Laptop')
  await press(page, 'Add a passkey')
  const stepUp = page.getByRole('dialog', { name: 'Show again that it is you' })
  await stepUp.getByLabel('Password', { exact: true }).fill(password)
  await stepUp.getByRole('button', { name: 'Go on' }).click()
  await page.getByRole('button', { name: 'Remove Laptop' }).waitFor()
  await signOut(page)
  await page.goto(`${address}/sign-in?back=/account`)
  await press(page, 'Use a passkey')
  await heading(page, 'Account').waitFor()
  await context.close()
}
