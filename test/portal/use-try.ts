import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import { needs } from '../../src/testing/needs.ts'
import { scratchFolder } from '../cli/bsn.ts'
import { ready } from './portal-world.ts'
import { tabPath } from './use-credentials.ts'
import {
  asBefore,
  faultyTexts,
  field,
  hebrew,
  press,
  type ServicePages,
  script,
} from './use-new-service.ts'
import { look } from './walk-pages.ts'

/** What people do with a service once they have a key: by hand, and by a program. */

async function openTab({ page, network, sandbox }: ServicePages, tab: string): Promise<void> {
  await page.goto(network.address + tabPath('notes', tab, sandbox))
  await ready(page)
}

/** Writes and reads back, as the words of the page say. */
export async function triesOperations(pages: ServicePages): Promise<void> {
  const { page, apiKey } = pages
  await openTab(pages, 'try')
  await field(page, 'API key').fill(apiKey)
  await field(page, 'Record key').fill(hebrew)
  await field(page, 'Record, as JSON').fill(JSON.stringify({ text: script }))
  const sent: string[] = []
  const count = (one: { method(): string; url(): string }) =>
    one.method() === 'POST' && one.url().endsWith('/records') && sent.push(one.url())
  page.on('request', count)
  await page.getByRole('button', { name: 'Write a record', exact: true }).dblclick()
  const answer = page.locator('.section', { hasText: 'Answer' }).last()
  await answer.getByText('201', { exact: true }).waitFor()
  page.off('request', count)
  assert.equal(sent.length, 1)
  await answer.getByText('Request id').waitFor()
  await answer.getByRole('link', { name: /^Entry #\d+: verify its receipt$/ }).waitFor()
  assert.deepEqual(await look(page, { path: '/services try answer', language: 'en' }), [])
  await asBefore(page)

  for (const [operation, told] of [
    ['Read the latest record', /"value": \{/],
    ['Read all records of a key', /"records": \[/],
    ['List records', /"records": \[/],
  ] as const) {
    await field(page, 'What to do').selectOption({ label: operation })
    await press(page, operation)
    await answer.getByText('200', { exact: true }).waitFor()
    await answer.locator('pre', { hasText: told }).waitFor()
    await answer.locator('pre', { hasText: 'window.ran' }).waitFor()
  }
  assert.equal(await page.evaluate(() => 'ran' in globalThis), false)
}

export async function refusesBadTries(pages: ServicePages): Promise<void> {
  const { page, context, apiKey } = pages
  await openTab(pages, 'try')
  const [key, record] = [field(page, 'API key'), field(page, 'Record, as JSON')]
  const write = () => press(page, 'Write a record')
  const fault = (text: RegExp) => page.locator('.error-text').getByText(text).waitFor()
  for (const [text, what] of faultyTexts([
    [script, /no API key/],
    [hebrew, /no API key/],
    [apiKey.replace('test_', 'live_'), /other environment/],
  ])) {
    await key.fill(text)
    await write()
    await fault(what)
    assert.equal(await key.inputValue(), text)
  }
  await key.fill(apiKey)
  for (const [text, what] of faultyTexts([
    ["{'hello':1}", /no JSON/],
    [script, /no JSON/],
    [`"${'a'.repeat(70_000)}"`, /too long: 65536/],
  ])) {
    await record.fill(text)
    await write()
    await fault(what)
    assert.equal(await record.inputValue(), text)
  }
  await record.fill('{"kept":true}')
  await field(page, 'Record key').fill('k'.repeat(257))
  await write()
  await fault(/too long: 256/)
  assert.deepEqual(await look(page, { path: '/services try wrong', language: 'en' }), [])
  await asBefore(page)
  await field(page, 'Record key').fill('kept')
  // Of the right form, and nobody's.
  await key.fill(`test_${'A'.repeat(43)}`)
  await write()
  await page.locator('.problem').getByText('CREDENTIAL_UNKNOWN').waitFor()
  await key.fill(apiKey)
  await context.setOffline(true)
  await write()
  await page.getByRole('heading', { name: 'No answer from the gateway' }).waitFor()
  await context.setOffline(false)
  assert.equal(await record.inputValue(), '{"kept":true}')
  // Who is signed in does not matter to a key.
  const cookies = await context.cookies()
  await context.clearCookies()
  await write()
  await page.getByText('201', { exact: true }).waitFor()
  await context.addCookies(cookies)
}

/** Asks a chain at its own door, as the page and the program beside it do. */
export async function asksChain(
  { page, network, sandbox }: ServicePages,
  { service, apiKey }: Pick<Samples, 'service' | 'apiKey'>,
): Promise<void> {
  await page.goto(network.address + tabPath(service, 'try', sandbox))
  await ready(page)
  const [method, params] = [field(page, 'Method'), field(page, 'Parameters, as a JSON list')]
  const ask = () => press(page, 'Ask the chain')
  const fault = (what: RegExp) => page.locator('.error-text').getByText(what).waitFor()
  await field(page, 'API key').fill('')
  await method.fill(script)
  await params.fill('{}')
  await ask()
  await page.getByRole('heading', { name: '3 fields need another look' }).waitFor()
  await fault(/write it such as eth_call/)
  assert.deepEqual([await method.inputValue(), await params.inputValue()], [script, '{}'])
  assert.deepEqual(await look(page, { path: '/services try rpc wrong', language: 'en' }), [])
  await asBefore(page)

  await field(page, 'API key').fill(apiKey)
  const head = page.getByRole('heading', { name: 'Answer', exact: true })
  const answer = page.locator('.section', { has: head })
  const asked: string[] = []
  page.on('request', (one) => asked.push(one.url()))
  for (const [example, told] of [
    ['Which chain it is', /"result": "0x/],
    ['A block', /"parentHash"/],
    ['What contracts told', /"result": \[/],
  ] as const) {
    await field(page, 'Example').selectOption({ label: example })
    await ask()
    await answer.locator('pre', { hasText: told }).waitFor()
  }
  assert.ok(asked.some((url) => url.endsWith(`/api/${service}/rpc`)))
  assert.ok(asked.every((url) => !url.includes(apiKey)))
  // What a chain says no to is an answer, too; and the program is of the same call.
  await method.fill('eth_nothing')
  await ask()
  await answer.locator('pre', { hasText: '-32601' }).waitFor()
  const sample = page.getByRole('region', { name: /^(curl|TypeScript|Python|Go)$/ })
  await sample.getByText('eth_nothing').waitFor()
  assert.deepEqual(await look(page, { path: '/services try rpc', language: 'en' }), [])
  await asBefore(page)
}

/** How a person runs what the page shows: name of the file, program, its arguments before it. */
const runners: Readonly<Record<string, readonly [string, string, ...string[]]>> = {
  curl: ['first.sh', 'sh', '-eu'],
  TypeScript: ['first.mts', process.execPath, '--conditions=openbsn-source'],
  Python: ['first.py', 'python3'],
  Go: ['first.go', 'go', 'run'],
}

type Samples = {
  readonly service: string
  readonly apiKey: string
  /** What each program prints at the end. */
  readonly told: RegExp
}

/** Each program, as it stands on the page, with a key of the page. */
export async function runsSamples(
  t: TestContext,
  { page, network, sandbox }: ServicePages,
  { service, apiKey, told }: Samples,
): Promise<void> {
  await page.goto(network.address + tabPath(service, 'code', sandbox))
  await page
    .locator('.key-names')
    .getByText(`test_…${apiKey.slice(-4)}`)
    .waitFor()
  // As a folder of somebody who installed the SDK.
  const folder = scratchFolder(t)
  mkdirSync(join(folder, 'node_modules/@openbsn'), { recursive: true })
  const sdk = join(import.meta.dirname, '../../sdk')
  symlinkSync(sdk, join(folder, 'node_modules/@openbsn/sdk'), 'dir')
  const languages = field(page, 'Language')
  assert.deepEqual(await languages.locator('option').allTextContents(), Object.keys(runners))
  for (const [language, [name, program, ...before]] of Object.entries(runners)) {
    await t.test(language, async (inner) => {
      if (language === 'Python' && !needs(inner, 'python3')) return
      if (language === 'Go' && !needs(inner, 'go')) return
      await languages.selectOption(language)
      const code = page.getByRole('region', { name: language, exact: true }).locator('code')
      const file = join(folder, name)
      writeFileSync(file, `${await code.textContent()}\n`)
      const env = { ...process.env, OPENBSN_API_KEY: apiKey }
      const { stdout } = await promisify(execFile)(program, [...before, file], { env })
      assert.match(stdout, told)
      // Kept over visits.
      await page.reload()
      await page.getByRole('region', { name: language, exact: true }).waitFor()
    })
  }
}
