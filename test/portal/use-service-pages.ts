import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { verifyWebhook } from '../../sdk/src/index.ts'
import { Receiver } from '../../src/testing/receiver.ts'
import { ready } from './portal-world.ts'
import type { AccountPages } from './use-account-pages.ts'
import { look } from './walk-pages.ts'

/** What an organisation does with a service that it published, and with those of others. */

const password = 'correct and long enough'
const script = '<script>window.ran = 1</script>'
const hebrew = '\u05e9\u05dc\u05d5\u05dd \u202eabc'
const press = (on: Page | Locator, name: string) =>
  on.getByRole('button', { name, exact: true }).click()
const tab = (page: Page, name: string) => page.getByRole('tab', { name, exact: true }).click()

export const servicePaths = [
  '/services/pledges',
  '/services/pledges?tab=participants',
  '/services/pledges?tab=webhooks',
  '/services/pledges?tab=usage&days=7',
] as const

/** As narrow and dark as it was looked at, it is not gone on with. */
async function lookAt(page: Page, path: string): Promise<void> {
  assert.deepEqual(await look(page, { path, language: 'en' }), [])
  await page.setViewportSize({ width: 1280, height: 900 })
  await page.emulateMedia({ colorScheme: 'light' })
}

/** Whoever has not shown lately who it is, does so now. */
async function stepUp(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Show again that it is you' })
  await dialog.getByLabel('Password', { exact: true }).fill(password)
  await press(dialog, 'Go on')
}

/** Until an act of a dialog has its receipt; after five minutes it is asked who is there. */
async function registered(page: Page, dialog: Locator): Promise<void> {
  const asked = page.getByRole('dialog', { name: 'Show again that it is you' })
  const holds = dialog.getByText('Its receipt was verified')
  await holds.or(asked).first().waitFor()
  if (await asked.isVisible()) await stepUp(page)
  await holds.waitFor()
}

/** Does an act as a page does, which no page has a form for in this test. */
function act(page: Page, name: string, fields: object): Promise<number> {
  return page.evaluate(
    async ([asked, given]) => {
      const json = { 'content-type': 'application/json' }
      const me = await (await fetch('/portal/v1/me')).json()
      const bank = me.organisations.find((one: { name: string }) => one.name !== 'Shop')
      const requestKey = crypto.randomUUID()
      const body = JSON.stringify({ act: asked, fields: given, requestKey })
      const path = `/portal/v1/organisations/${bank.id}/acts`
      return (await fetch(path, { method: 'POST', headers: json, body })).status
    },
    [name, fields] as const,
  )
}

export async function livesAService({ page, network }: AccountPages): Promise<void> {
  const functions = ['put', 'get', 'list', 'history', 'events']
  const more = { roles: [['teller', ['put', 'get']]], functions }
  const fields = { id: 'pledges', framework: 'records', draft: true, ...more }
  assert.equal(await act(page, 'service-create', fields), 201)
  await page.goto(`${network.address}/services/pledges`)
  await ready(page)
  await press(page, 'Hand in')
  const dialog = (name: string) => page.getByRole('dialog', { name, exact: true })
  await press(dialog('Hand in pledges'), 'Hand in')
  await registered(page, dialog('Hand in pledges'))
  await page.keyboard.press('Escape')
  await page.getByText('It runs: participants and credentials write to it.').waitFor()

  await press(page, 'Freeze')
  const freeze = dialog('Freeze pledges')
  for (const text of ['', 'Pledges', hebrew, 'x'.repeat(3000)]) {
    await freeze.getByLabel(/Type the name/).fill(text)
    await press(freeze, 'Freeze')
    await freeze.locator('.field[data-wrong]').waitFor()
    assert.equal(await freeze.getByLabel(/Type the name/).inputValue(), text)
  }
  await lookAt(page, '/services/pledges freeze')
  await freeze.getByLabel(/Type the name/).fill('pledges')
  await press(freeze, 'Freeze')
  await stepUp(page)
  await freeze.getByText('Its receipt was verified').waitFor()
  await page.keyboard.press('Escape')
  await press(page, 'Let go on')
  await press(dialog('Let pledges go on'), 'Let go on')
  await registered(page, dialog('Let pledges go on'))
  await page.keyboard.press('Escape')
}

export async function invitesAParticipant({
  page,
  network,
  browser,
  context,
}: AccountPages): Promise<void> {
  await page.goto(`${network.address}/services/pledges?tab=participants`)
  const form = page.getByRole('form', { name: 'Invite' })
  const [id, key] = [form.getByLabel('Name of the participant'), form.getByLabel(/Its public key/)]
  for (const text of ['', script, hebrew, 'x'.repeat(64)]) {
    await id.fill(text)
    await key.fill(text === '' ? 'no key' : '')
    await press(form, 'Invite')
    await form.locator('.field[data-wrong]').first().waitFor()
    assert.equal(await id.inputValue(), text)
  }
  await id.fill('corner-shop')
  await key.fill('')
  await context.setOffline(true)
  await press(form, 'Invite')
  await form.getByRole('heading', { name: 'No answer from the gateway' }).waitFor()
  assert.equal(await id.inputValue(), 'corner-shop')
  await context.setOffline(false)
  const sent: string[] = []
  page.on('request', (one) => one.method() === 'POST' && sent.push(one.url()))
  await form.getByRole('button', { name: 'Invite' }).dblclick()
  const link = (await page.locator('code', { hasText: '#corner-shop.' }).textContent()) ?? ''
  assert.equal(sent.filter((url) => url.endsWith('/acts')).length, 1)
  await page.getByText('corner-shop is invited.').waitFor()
  await lookAt(page, '/services/pledges?tab=participants link')
  await page.getByLabel('I saved it').check()
  await press(page, 'Invite another one')
  await id.fill('corner-shop')
  await press(form, 'Invite')
  await form
    .locator('.field[data-wrong]')
    .getByText(/is taken/)
    .waitFor()

  const other = await browser.newContext()
  const guest = await other.newPage()
  await guest.goto(link)
  await guest.getByRole('heading', { name: 'You are corner-shop' }).waitFor()
  assert.ok(!guest.url().includes('#'), 'the key has left the address bar')
  await guest.getByRole('button', { name: 'Join' }).dblclick()
  await guest.getByText('Its receipt was verified').first().waitFor()
  await guest.locator('.table-row', { hasText: 'corner-shop' }).getByText('active').waitFor()
  await other.close()

  await page.reload()
  await press(page, 'Manage corner-shop')
  const dialog = page.getByRole('dialog', { name: 'corner-shop' })
  await press(dialog, 'Remove')
  await dialog.getByLabel(/Type the name/).fill('corner-shop')
  await press(dialog, 'Remove')
  await registered(page, dialog)
  await lookAt(page, '/services/pledges?tab=participants removed')
  await page.keyboard.press('Escape')
  await page.locator('.table-row', { hasText: 'corner-shop' }).getByText('removed').waitFor()
}

/** Another organisation of the node takes part, and the publisher decides. */
export async function asksToJoin({ page, network }: AccountPages): Promise<void> {
  const participants = `${network.address}/services/pledges?tab=participants`
  await page.goto(`${network.address}/organisation`)
  const create = page.getByRole('form', { name: 'Make an organisation' })
  await create.getByLabel('Name of the organisation').fill('Shop')
  await press(create, 'Make an organisation')
  await page.getByRole('heading', { name: 'Shop', level: 1 }).waitFor()
  await page.goto(participants)
  await page.getByRole('button', { name: 'Ask to join for Shop' }).dblclick()
  await page.getByText('The publisher decides whether you are let in.').waitFor()
  await page.getByText('Its receipt was verified').waitFor()
  await lookAt(page, '/services/pledges?tab=participants applied')

  await choose(page, /script/)
  await page.goto(participants)
  await press(page, 'Manage admin')
  const dialog = page.getByRole('dialog', { name: 'admin' })
  await press(dialog, 'Let in')
  await press(dialog, 'Let in')
  await registered(page, dialog)
  await page.keyboard.press('Escape')
  await page.locator('.table-row', { hasText: 'admin' }).getByText('active').waitFor()

  await choose(page, /^Shop$/)
  await page.goto(participants)
  await press(page, 'Leave')
  const leave = page.getByRole('dialog', { name: 'pledges' })
  await leave.getByLabel(/Type the name/).fill('pledges')
  await press(leave, 'Leave')
  await registered(page, leave)
  await page.keyboard.press('Escape')
  await page.locator('.table-row', { hasText: 'admin' }).getByText('left').waitFor()
  await choose(page, /script/)
}

/** The organisation that somebody works for. */
async function choose(page: Page, name: RegExp): Promise<void> {
  await page.getByRole('button', { name: /^Account of/ }).click()
  const list = page.getByLabel('Organisation', { exact: true })
  const labels = await list.locator('option').allTextContents()
  await list.selectOption({ label: labels.find((one) => name.test(one)) ?? '' })
  await page.keyboard.press('Escape')
}

/** Real deliveries to a receiver that fails at first. */
export async function sendsWebhooks({ page, network, context }: AccountPages): Promise<void> {
  const receiver = await Receiver.create()
  // It asks for so much time that nothing is tried again by itself.
  const later = { 'retry-after': '600' }
  receiver.react = (_received, response) => void response.writeHead(503, later).end()
  try {
    await makesAWebhook({ page, network, context }, receiver.url)
    const secret = (await page.locator('code', { hasText: 'whsec_' }).textContent()) ?? ''
    await lookAt(page, '/services/pledges?tab=webhooks secret')
    await page.getByLabel('I saved it').check()
    await press(page, 'Go on to the webhooks')
    await press(page, `Send a test to ${receiver.url}`)
    await page.getByText(/Test: status 503/).waitFor()
    await writesARecord(network)
    await page.locator('.badge', { hasText: 'failing' }).waitFor()
    await lookAt(page, '/services/pledges?tab=webhooks failing')
    await press(page, `Deliveries to ${receiver.url}`)
    await page.locator('.table-row', { hasText: 'failed' }).first().waitFor()
    await lookAt(page, '/services/pledges?tab=webhooks deliveries')
    receiver.react = (_received, response) => void response.writeHead(204).end()
    await page.reload()
    await press(page, 'All webhooks')
    await press(page, `Try now: ${receiver.url}`)
    await press(page, `Deliveries to ${receiver.url}`)
    await page.locator('.table-row', { hasText: 'delivered' }).waitFor()
    await sendsOneAgain(page, receiver, secret)
    await press(page, 'All webhooks')
    await endsAWebhook(page, receiver.url)
  } finally {
    await receiver.down()
  }
}

type Opened = Pick<AccountPages, 'page' | 'network' | 'context'>

async function makesAWebhook({ page, network, context }: Opened, url: string): Promise<void> {
  await page.goto(`${network.address}/services/pledges`)
  await tab(page, 'Webhooks')
  await page.getByRole('heading', { name: 'No webhooks yet' }).waitFor()
  const form = page.getByRole('form', { name: 'New webhook' })
  const address = form.getByLabel('Address of the receiver')
  const bad = [
    '',
    'example.org',
    'javascript:alert(1)',
    script,
    hebrew,
    `https://x/${'a'.repeat(3000)}`,
  ]
  for (const text of bad) {
    await address.fill(text)
    await press(form, 'New webhook')
    await form.locator('.field[data-wrong]').waitFor()
    assert.equal(await address.inputValue(), text)
  }
  await address.fill('https://10.0.0.1/hook')
  await press(form, 'New webhook')
  await form
    .locator('.field[data-wrong]')
    .getByText(/not reachable for everyone/)
    .waitFor()
  await lookAt(page, '/services/pledges?tab=webhooks wrong')
  await address.fill(url)
  await form.getByLabel('Record key').fill('k'.repeat(2000))
  await press(form, 'New webhook')
  await form
    .locator('.field[data-wrong]')
    .getByText(/too long/)
    .waitFor()
  await form.getByLabel('Record key').fill('')
  await context.setOffline(true)
  await press(form, 'New webhook')
  await form.getByRole('heading', { name: 'No answer from the gateway' }).waitFor()
  assert.equal(await address.inputValue(), url)
  await context.setOffline(false)
  const sent: string[] = []
  const count = (one: { method(): string; url(): string }) =>
    one.method() === 'POST' && one.url().endsWith('/webhooks') && sent.push(one.url())
  page.on('request', count)
  await form.getByRole('button', { name: 'New webhook' }).dblclick()
  await page.locator('code', { hasText: 'whsec_' }).waitFor()
  page.off('request', count)
  assert.equal(sent.length, 1)
}

async function writesARecord({ home, run }: AccountPages['network']): Promise<void> {
  const [file, rows] = [join(home, 'pledges.credential'), join(home, 'pledges.json')]
  const made = ['--service', 'pledges', '--label', 'Desk', '--out', file, '--writes-per-day', '10']
  const credential = await run('credential', 'create', ...made)
  assert.equal(credential.code, 0, credential.stderr)
  writeFileSync(rows, JSON.stringify([{ pledge: 1 }]))
  const put = await run('record', 'put', '--service', 'pledges', '--credential', file, rows)
  assert.equal(put.code, 0, put.stderr)
}

async function sendsOneAgain(page: Page, receiver: Receiver, secret: string): Promise<void> {
  const row = page.locator('.table-row', { hasText: 'delivered' })
  const first = receiver.history.at(-1) ?? assert.fail()
  const given = { headers: first.headers, body: first.body, secrets: [secret] }
  await verifyWebhook(given, { nowSeconds: Math.floor(Date.now() / 1000) })
  await row.getByRole('button', { name: /^Look at attempt/ }).click()
  const dialog = page.getByRole('dialog', { name: 'Delivery' })
  await dialog.locator('code', { hasText: String(first.headers['webhook-id']) }).waitFor()
  assert.ok((await dialog.locator('pre').textContent())?.includes(first.body))
  await lookAt(page, '/services/pledges?tab=webhooks delivery')
  const before = receiver.history.length
  await dialog.getByRole('button', { name: 'Send again' }).dblclick()
  await receiver.until(() => receiver.history.length > before)
  assert.equal(receiver.history.at(-1)?.headers['webhook-id'], first.headers['webhook-id'])
  await dialog.waitFor({ state: 'detached' })
  await page.locator('.table-row', { hasText: 'delivered' }).nth(1).waitFor()
  assert.equal(receiver.history.length, before + 1)
}

async function endsAWebhook(page: Page, url: string): Promise<void> {
  await press(page, `Pause ${url}`)
  await page.locator('.badge', { hasText: 'paused' }).waitFor()
  await press(page, `Resume ${url}`)
  await page.locator('.badge', { hasText: 'active' }).waitFor()
  await press(page, `Delete ${url}`)
  const dialog = page.getByRole('dialog', { name: 'Delete the webhook' })
  await dialog.getByLabel(/Type the name/).fill('elsewhere.example')
  await press(dialog, 'Delete')
  await dialog.locator('.field[data-wrong]').waitFor()
  await dialog.getByLabel(/Type the name/).fill(new URL(url).host)
  await press(dialog, 'Delete')
  await page.getByRole('heading', { name: 'No webhooks yet' }).waitFor()
  // One that is there when the pages are walked.
  await page.getByLabel('Address of the receiver').fill(url)
  await press(page, 'New webhook')
  await page.locator('code', { hasText: 'whsec_' }).waitFor()
}

export async function showsUsage({ page, network }: AccountPages): Promise<void> {
  await page.goto(`${network.address}/services/pledges?tab=usage`)
  await page.getByRole('meter', { name: '1 of 10 writes today' }).waitFor()
  await page.getByText('Desk', { exact: true }).waitFor()
  await page.getByLabel('Period').selectOption('90')
  await page.waitForURL(/days=90/)
  await page.locator('.day-bars rect').nth(89).waitFor()
  assert.equal(await page.locator('.day-bars rect').count(), 90)
  assert.equal(await page.locator('.day-bars rect:not([data-empty])').count(), 1)
  await lookAt(page, '/services/pledges?tab=usage')
}

/** A role that may not do something is told which right it lacks, and who has it. */
export async function namesTheMissingRight({
  page,
  network,
  browser,
}: AccountPages): Promise<void> {
  const context = await browser.newContext()
  const other = await context.newPage()
  await other.goto(`${network.address}/sign-in?back=/services/pledges`)
  await other.getByLabel('E-mail', { exact: true }).fill('bob@example.org')
  await other.getByLabel('Password', { exact: true }).fill(password)
  await press(other, 'Sign in')
  await other
    .getByText('Your role has no right to service-retire: owner and administrator')
    .waitFor()
  assert.equal(await other.getByRole('button', { name: 'Retire' }).count(), 0)
  await context.close()
  await page.bringToFront()
}
