import assert from 'node:assert/strict'
import { newApiKey, toBase64url } from '@openbsn/sdk'
import type { Page } from 'playwright-core'
import { ready } from './portal-world.ts'
import type { AccountPages } from './use-account-pages.ts'
import { look } from './walk-pages.ts'

/** What people do with the log of a service: `flights`, which their organisation published. */

const json = { 'content-type': 'application/json' }
const evil = '<script>window.ran = 1</script>'

/** A credential of the service, made by whoever is signed in; its ledger and its API key. */
async function newCredential(page: Page) {
  const { key, hash, hint } = newApiKey('live')
  const fields = {
    ...{ id: 'desk', service: 'flights', label: 'Desk', operators: ['admin'], keys: [] },
    apiKeys: [[toBase64url(hash), hint]],
  }
  const ledger = await page.evaluate(async (asked) => {
    const headers = { 'content-type': 'application/json' }
    const me = await (await fetch('/portal/v1/me')).json()
    const path = `/portal/v1/organisations/${me.organisations[0].id}/acts`
    const body = JSON.stringify({ act: 'credential-create', requestKey: 'desk', fields: asked })
    return (await (await fetch(path, { method: 'POST', headers, body })).json()).ledger as string
  }, fields)
  return { key, ledger }
}

/** Until the log shows so many rows. */
const hasRows = (page: Page, count: number) =>
  page.waitForFunction(
    (wanted) =>
      document.querySelectorAll('table[aria-label="Request log"] tbody tr').length === wanted,
    count,
  )

export async function followsTheLog({ page, network, kept }: AccountPages): Promise<void> {
  const { address } = network
  await page.goto(`${address}/services/flights`)
  const { key, ledger } = await newCredential(page)
  kept.set('key', key)
  const records = `${address}/api/v1/ledgers/${ledger}/services/flights/records`
  const bearer = { authorization: `Bearer ${key}` }
  const put = async (body: string) => {
    const init = { method: 'POST', headers: { ...json, ...bearer }, body }
    return (await fetch(records, init)).status
  }
  await page.getByRole('tab', { name: 'Request log' }).click()
  await page.getByRole('heading', { name: 'No requests yet' }).waitFor()
  // What comes is there by itself.
  assert.equal(await put(`{"key":"a","value":"${evil}"}`), 201)
  await page.getByRole('link', { name: /^POST \/records/ }).waitFor()
  assert.equal(await put('{"value":1,"unknown":2}'), 400)
  await page.getByText('REQUEST_INVALID').waitFor()
  await hasRows(page, 2)
  await page.getByRole('button', { name: 'Follow live' }).click()
  await page.getByText('New requests are not shown now.').waitFor()
  await fetch(`${records}/nowhere`, { headers: bearer })
  await page.waitForTimeout(2500)
  await hasRows(page, 2)
  await page.getByRole('button', { name: 'Follow live' }).click()
  await page.getByText('RECORD_NOT_FOUND').waitFor()
  assert.equal(await page.evaluate(() => 'ran' in globalThis), false)
  // Where there is no room, what opens a request is there all the same.
  await page.setViewportSize({ width: 320, height: 900 })
  const { width = 0 } = (await page.getByRole('link', { name: /^GET/ }).boundingBox()) ?? {}
  assert.ok(width > 60, `${width}`)
  await page.setViewportSize({ width: 1280, height: 900 })
}

export async function filtersTheLog({ page, network }: AccountPages): Promise<void> {
  await page.getByLabel('Status', { exact: true }).selectOption('4xx')
  await page.getByText('201', { exact: true }).waitFor({ state: 'detached' })
  await hasRows(page, 2)
  await page.getByLabel('Part of the path').fill('nowhere')
  await page.waitForURL(/path=nowhere/)
  await page.getByText('REQUEST_INVALID').waitFor({ state: 'detached' })
  await hasRows(page, 1)
  const url = page.url()
  await page.reload()
  await page.getByText('RECORD_NOT_FOUND').waitFor()
  assert.equal(await page.getByLabel('Part of the path').inputValue(), 'nowhere')
  // What no log takes ends in words.
  await page.getByLabel('Request id').fill(`${evil} \u202e`)
  await page.getByRole('heading', { name: 'No request fits these filters' }).waitFor()
  await page.goto(`${network.address}/services/flights?tab=log&status=9xx&code=${'x'.repeat(600)}`)
  await page.getByText('201', { exact: true }).waitFor()
  await page.goto(url)
  await page.getByRole('link', { name: /^GET/ }).click()
  await page.getByRole('heading', { name: /^GET .*nowhere$/ }).waitFor()
  await page.goBack()
  await page.getByText('RECORD_NOT_FOUND').waitFor()
}

export async function sendsAgain({ page, network, kept }: AccountPages): Promise<void> {
  await page.goto(`${network.address}/services/flights?tab=log`)
  await page.getByRole('link', { name: /^POST/ }).last().click()
  await page.waitForURL(/request=\d+/)
  await page.reload()
  await ready(page)
  await page.getByText('"key": "a"').waitFor()
  kept.set('request', new URL(page.url()).search)
  const form = page.getByRole('form', { name: 'Send it again' })
  const send = () => form.getByRole('button', { name: 'Send again' }).click()
  await send()
  await form.locator('.field').getByText('This is empty').waitFor()
  await form.getByLabel('API key').fill(newApiKey('sandbox').key)
  await send()
  await form
    .locator('.field')
    .getByText(/key is of the other environment/)
    .waitFor()
  await form.getByLabel('API key').fill(newApiKey('live').key)
  await send()
  await page.getByText('CREDENTIAL_UNKNOWN').waitFor()
  await form.getByLabel('API key').fill(kept.get('key') ?? '')
  await send()
  const now = page.locator('section', { has: page.getByRole('heading', { name: 'Now' }) }).last()
  await now.getByText('"outcome": "appended"').waitFor()
  assert.deepEqual(await look(page, { path: '/services/flights replayed', language: 'en' }), [])
  await page.setViewportSize({ width: 1280, height: 900 })
  await page.emulateMedia({ colorScheme: 'light' })
  // The key is nowhere but in the memory of the page.
  const stored = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage]))
  assert.ok(!stored.includes((kept.get('key') ?? '').slice(5)))
  await page.getByRole('link', { name: 'Back to the log' }).click()
  await page.getByRole('link', { name: /^POST/ }).first().click()
  assert.equal(await form.getByLabel('API key').inputValue(), kept.get('key'))
  await page.getByRole('link', { name: /^Entry #\d+$/ }).click()
  await page.waitForURL(/explore\/entries\/\d+/)
}

/** The tab, and one request. */
export const logPaths = ({ kept }: AccountPages): readonly string[] => [
  '/services/flights?tab=log',
  '/services/flights?tab=log&status=5xx',
  `/services/flights${kept.get('request')}`,
]
