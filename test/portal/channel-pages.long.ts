import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { openBrowser } from '../../src/testing/browser.ts'
import { uploadOf } from '../../src/testing/contract-package-files.ts'
import { needs } from '../../src/testing/needs.ts'
import { bsn, startNetwork } from '../cli/bsn.ts'
import { toolEnvironment } from '../fabric/tool-environment.ts'
import { buildPortal, ready, watch } from './portal-world.ts'
import { countActs, faultyTexts, field, hebrew, press, script } from './use-new-service.ts'
import { lookAt } from './use-pages.ts'
import { password } from './walk-first-success.ts'
import { loadAxe, walkPages } from './walk-pages.ts'

/** What people do with a service of Fabric, on a real channel. SCREENSHOTS=DIR keeps the pages. */

type Opened = {
  readonly context: BrowserContext
  readonly page: Page
  readonly network: Awaited<ReturnType<typeof startNetwork>>
  readonly sandbox: string
}

/** Programs of Fabric start within it, on a machine that has other work. */
const startMs = 120_000

describe('the pages of a service of Fabric', () => {
  it('lead from nothing to a proven transaction', async (t) => {
    if (!needs(t, 'chromium')) return
    for (const engine of ['fabric', 'fabric-ca']) {
      const { code, stderr } = await bsn(['engine', 'install', engine])
      assert.equal(code, 0, stderr)
    }
    buildPortal()
    const network = await startNetwork(t, undefined, [], toolEnvironment)
    const browser = await openBrowser(t)
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
    await loadAxe(context)
    const page = await context.newPage()
    page.setDefaultTimeout(10_000)
    const faults = watch(page, network)
    const answer = await fetch(`${network.address}/api/v1/ledgers`)
    const { ledgers } = (await answer.json()) as { ledgers: { id: string; environment: string }[] }
    const sandbox = ledgers.find(({ environment }) => environment === 'sandbox')?.id ?? ''
    const opened: Opened = { context, page, network, sandbox }
    let failed: string | undefined
    // Each step goes on from the one before.
    const run = (what: string, test: (opened: Opened) => Promise<void>) =>
      t.test(what, { skip: failed && `failed: ${failed}` }, async () => {
        const before = failed
        failed = what
        await test(opened)
        failed = before
      })
    await run('a service is made', makesService)
    await run('a contract is defined, and is there without anybody doing more', definesContract)
    await run('its functions are sent and asked, and each transaction is proven', usesContract)
    await run('a contract with a rule is used as well', usesEvidence)
    await run('a contract of its own is sent as an archive, and built', sendsArchive)
    await run('what a service waits for is said, and what is not known can be asked', waits)
    // The network was cut on purpose.
    const isCut = (fault: string) => fault.endsWith('net::ERR_INTERNET_DISCONNECTED')
    assert.deepEqual(
      faults.filter((fault) => !isCut(fault)),
      [],
    )
    const paths = ['&contract=books&function=get', '&contract=later', '&contract=assets', ''].map(
      tabOf(sandbox),
    )
    const { address } = network
    await run('whoever did not publish it is not offered to define one', async () => {
      const other = await browser.newContext()
      const visitor = await other.newPage()
      await visitor.goto(address + tabOf(sandbox)(''))
      await visitor.getByRole('link', { name: 'books' }).waitFor()
      await ready(visitor)
      assert.equal(await visitor.getByRole('heading', { name: 'Define a contract' }).count(), 0)
      await other.close()
    })
    await run('the pages hold what WCAG 2.2 AA asks', async () => {
      // Signed in, and nothing else chosen: each walk has its own language.
      const { cookies } = await context.storageState()
      const storageState = { cookies, origins: [] }
      assert.deepEqual(await walkPages(browser, { address, paths, storageState }), [])
    })
  })
})

const tabOf = (ledger: string) => (more: string) =>
  `/services/trade?tab=contracts${more}&ledger=${ledger}`

const holds = (page: Page) => page.getByRole('heading', { name: /^It holds: signed by/ })
const row = (page: Page, name: string) =>
  page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) })
const isThere = (page: Page, name: string) =>
  row(page, name).getByText('in place').waitFor({ timeout: startMs })
const answered = (page: Page, text: string | RegExp) =>
  page.getByRole('region', { name: 'Answer' }).getByText(text, { exact: true }).waitFor()

async function makesService({ page, network }: Opened): Promise<void> {
  await page.goto(network.setup)
  await field(page, 'Your name').fill('Ann')
  await field(page, 'E-mail').fill('ann@example.org')
  await field(page, 'New password').fill(password)
  await field(page, 'Organisation').fill('Harbour')
  await press(page, 'Set up')
  await page.getByRole('link', { name: 'Publish a service' }).first().waitFor()
  await page.goto(`${network.address}/new-service`)
  await field(page, 'Name').fill('trade')
  await field(page, 'Framework').selectOption('Hyperledger Fabric: contracts on a channel')
  await press(page, 'Publish')
  await page.getByText('Its receipt was verified in this browser').waitFor()
  await page.getByRole('link', { name: 'Define a contract' }).waitFor()
  await lookAt(page, '/channel published')
  await page.getByRole('link', { name: 'Define a contract' }).click()
  await page.getByText('No contracts yet').waitFor()
}

async function definesContract({ page }: Opened): Promise<void> {
  const name = field(page, 'Name on the channel')
  for (const [text, what] of faultyTexts([
    ['a b', /write it such as books/],
    ['a'.repeat(65), /write it such as books/],
    [script, /write it such as books/],
    [hebrew, /write it such as books/],
  ])) {
    await name.fill(text)
    await press(page, 'Define')
    await page.locator('.field .error-text').getByText(what).waitFor()
    assert.equal(await name.inputValue(), text)
  }
  await name.fill('books')
  const sent = await countActs(page, async () => {
    await page.getByRole('button', { name: 'Define', exact: true }).dblclick()
    await page.getByText('Its receipt was verified in this browser').waitFor()
  })
  assert.equal(sent, 1)
  await row(page, 'books').getByText('preset:key-value').waitFor()
  await isThere(page, 'books')
  await row(page, 'books').getByText('most organisations').waitFor()
  await lookAt(page, '/channel defined')
}

/** A key for the service, as the portal makes it; it is given on the page of a contract. */
async function givesKey({ page, network, sandbox }: Opened): Promise<void> {
  await page.goto(`${network.address}/services/trade?tab=credentials&ledger=${sandbox}`)
  await field(page, 'Name of the credential').fill('desk')
  await press(page, 'Make the key')
  const key = (await page.locator('.secret code').first().textContent()) ?? ''
  await page.getByText('Its receipt was verified in this browser').waitFor()
  // A page that is opened anew knows no key.
  await page.goto(network.address + tabOf(sandbox)('&contract=books'))
  await field(page, 'API key').fill(`test_${'A'.repeat(43)}`)
  await press(page, 'Use this key')
  await page
    .locator('.field')
    .getByText(/No credential has this key/)
    .waitFor()
  await field(page, 'API key').fill(key)
  await press(page, 'Use this key')
  await field(page, 'Function').waitFor()
}

async function usesContract(opened: Opened): Promise<void> {
  const { page, context } = opened
  await givesKey(opened)
  const names = await field(page, 'Function').locator('option').allTextContents()
  assert.deepEqual(
    names.map((text) => text.split(' ')[0]),
    ['set', 'update', 'delete', 'get', 'getHistory'],
  )
  await field(page, 'baseKey (string)').fill('a')
  await field(page, 'baseValue (string)').fill(script)
  await context.setOffline(true)
  await press(page, 'Send')
  await page.getByRole('heading', { name: 'No answer from the gateway' }).waitFor()
  await context.setOffline(false)
  await page.getByRole('button', { name: 'Send', exact: true }).dblclick()
  await answered(page, 'SUCCESS')
  await holds(page).waitFor()
  await lookAt(page, '/channel sent')
  await press(page, 'Send')
  await page.getByRole('heading', { name: 'The contract refused the call' }).waitFor()
  await page.getByText(/key value already exists/).waitFor()
  await field(page, 'Function').selectOption('update')
  await field(page, 'baseKey (string)').fill('a')
  await field(page, 'baseValue (string)').fill('{"n":2}')
  await press(page, 'Send')
  await holds(page).waitFor()
  await field(page, 'Function').selectOption('get')
  await page.waitForURL(/function=get/)
  await field(page, 'baseKey (string)').fill('a')
  await press(page, 'Ask')
  await answered(page, '{"n":2}')
  await field(page, 'Function').selectOption('getHistory')
  await field(page, 'baseKey (string)').fill('a')
  await press(page, 'Ask')
  await page
    .getByRole('region', { name: 'Answer' })
    .getByText(/txTime/)
    .waitFor()
  const history = await page.getByRole('region', { name: 'Answer' }).textContent()
  // What was pressed twice, and sent again where no answer had come, had one effect.
  assert.equal(history?.match(/"txId"/g)?.length, 2)
  const [, first = ''] = /"txId":"([0-9a-f]{64})"/.exec(history ?? '') ?? []
  await looksForTransaction(page, first)
  assert.equal(await page.evaluate(() => 'ran' in globalThis), false)
}

/** By its id, from anywhere. */
async function looksForTransaction(page: Page, id: string): Promise<void> {
  await page.keyboard.press('Escape')
  await page.locator('h1').click()
  await page.keyboard.press('/')
  await page.keyboard.type(id)
  const dialog = page.getByRole('dialog', { name: 'Search' })
  await dialog.getByRole('link').filter({ hasText: 'Transaction' }).first().click()
  await page.waitForURL(new RegExp(`/services/trade/transactions/${id}`))
  await holds(page).waitFor()
  await page.getByText('node-1MSP/gateway').waitFor()
  await lookAt(page, '/channel transaction')
}

async function usesEvidence({ page }: Opened): Promise<void> {
  await page.locator('main').getByRole('link', { name: 'trade', exact: true }).click()
  await page.getByRole('tab', { name: 'Contracts' }).click()
  await field(page, 'Package').selectOption('evidence')
  await field(page, 'Name on the channel').fill('notary')
  await field(page, 'Who endorses (optional)').fill("OR('node-1MSP.peer')")
  await press(page, 'Define')
  await page.getByText('Its receipt was verified in this browser').waitFor()
  await isThere(page, 'notary')
  await row(page, 'notary').getByText("OR('node-1MSP.peer')").waitFor()
  await page.getByRole('link', { name: 'Open notary' }).click()
  const digest = 'ab'.repeat(32)
  await field(page, 'id (string)').fill('deed-1')
  await field(page, 'digest (string)').fill(digest)
  await field(page, 'about (string)').fill('A deed')
  await press(page, 'Send')
  await holds(page).waitFor()
  await field(page, 'Function').selectOption('check')
  await field(page, 'id (string)').fill('deed-1')
  await field(page, 'digest (string)').fill(digest)
  await press(page, 'Ask')
  await answered(page, 'true')
  // The same name gets another definition: its sequence counts.
  await page.getByRole('link', { name: 'All contracts' }).click()
  await field(page, 'Package').selectOption('evidence')
  await field(page, 'Name on the channel').fill('notary')
  await press(page, 'Define')
  await page.getByText('Its receipt was verified in this browser').waitFor()
  await row(page, 'notary').getByText('2', { exact: true }).waitFor()
  await isThere(page, 'notary')
}

const chooses = async (page: Page, name: string, bytes: Buffer) => {
  const file = { name, mimeType: 'application/gzip', buffer: bytes }
  await page.locator('input[type="file"]').setInputFiles(file)
}

/** An archive with its contract changed. */
const changed = (change: (source: string) => string) =>
  uploadOf('assets-typescript', ({ 'src/asset-contract.ts': source = '', ...files }) => ({
    ...{ ...files, 'src/asset-contract.ts': change(source) },
  }))

async function sendsArchive({ page, context, network }: Opened): Promise<void> {
  const name = field(page, 'Name on the channel')
  await field(page, 'Package').selectOption('Your own: an archive with its sources')
  await name.fill('')
  await press(page, 'Define and send')
  await page.getByRole('heading', { name: '2 fields need another look' }).waitFor()
  await name.fill('assets')
  for (const [bytes, what] of [
    [Buffer.from('<script>'), /evil\.tgz is no \.tar\.gz/],
    [Buffer.alloc(0), /evil\.tgz is no \.tar\.gz/],
  ] as const) {
    await chooses(page, 'evil.tgz', bytes)
    await page.locator('.error-text').getByText(what).waitFor()
  }
  const large = `${network.home}/large.tgz`
  writeFileSync(large, Buffer.alloc(33 * 1024 * 1024))
  await page.locator('input[type="file"]').setInputFiles(large)
  await page
    .locator('.error-text')
    .getByText(/large\.tgz is too large/)
    .waitFor()
  await lookAt(page, '/channel archive wrong')
  // What does not compile: it is built, and said why not.
  await chooses(page, 'assets.tgz', await changed((source) => `${source}\nconst n: number = 'x'\n`))
  await page.getByText('assets.tgz', { exact: true }).waitFor()
  await context.setOffline(true)
  await press(page, 'Define and send')
  await page.getByRole('heading', { name: 'No answer from the gateway' }).waitFor()
  assert.equal(await name.inputValue(), 'assets')
  await context.setOffline(false)
  await press(page, 'Define and send')
  await page.getByText('Its receipt was verified in this browser').waitFor()
  await page.getByText('has the archive').waitFor()
  await page.getByRole('link', { name: 'PACKAGE_BUILD_FAILED' }).waitFor({ timeout: startMs })
  await page
    .getByRole('region', { name: 'What was said last' })
    .getByText(/TS2322/)
    .waitFor()
  await lookAt(page, '/channel archive failed')
  const good = await changed((source) =>
    source.replace("return 'one'", 'return String(Date.now())'),
  )
  await chooses(page, 'assets.tgz', good)
  const sent = await countActs(page, async () => {
    const taken = putOf(page)
    await page.getByRole('button', { name: 'Define and send', exact: true }).dblclick()
    await taken
  })
  assert.equal(sent, 1)
  await page.getByText(/asset-contract\.ts, line \d+:/).waitFor({ timeout: startMs })
  await page.locator('.progress > li[data-state="done"]').nth(5).waitFor({ timeout: startMs })
  await lookAt(page, '/channel archive built')
  // The same archive again is no other definition.
  const again = await countActs(page, async () => {
    const taken = putOf(page)
    await press(page, 'Define and send')
    await taken
  })
  assert.equal(again, 0)
  await page.getByText('Its receipt was verified in this browser').waitFor()
  await usesOwn(page)
}

const putOf = (page: Page) =>
  page.waitForResponse((answer) => answer.request().method() === 'PUT' && answer.ok())

/** What the contract says of itself is offered. */
async function usesOwn(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Open assets' }).click()
  const names = await field(page, 'Function').locator('option').allTextContents()
  assert.deepEqual(names, ['create', 'read', 'transfer', 'version'])
  await page.locator('.code-block', { hasText: '[openbsn]' }).waitFor()
  await field(page, 'What it does').selectOption('sends')
  await field(page, 'arguments (string[])').fill('["a1", "alpha", "7"]')
  await press(page, 'Send')
  await holds(page).waitFor()
  await field(page, 'Function').selectOption('read')
  await field(page, 'What it does').selectOption('asks')
  await field(page, 'arguments (string[])').fill('["a1"]')
  await press(page, 'Ask')
  await answered(page, '{"id":"a1","owner":"alpha","value":7}')
  await page.getByRole('link', { name: 'All contracts' }).click()
  await isThere(page, 'assets')
}

/** A package that no node has: what its publisher sees, and how a contract of others is asked. */
async function waits({ page, network }: Opened): Promise<void> {
  const defined = ['later', '--package', 'preset:none', '--service', 'trade', '--sandbox']
  const { code, stderr } = await network.run('contract', 'define', ...defined)
  assert.equal(code, 0, stderr)
  // Nobody asked for it: the page looks by itself.
  await row(page, 'later')
    .getByText(/waits: CONTRACT_PACKAGE_UNKNOWN/)
    .waitFor({ timeout: startMs })
  // One that cannot be made holds up no other.
  for (const name of ['books', 'notary']) await isThere(page, name)
  await lookAt(page, '/channel waits')
  await page.getByRole('link', { name: 'later', exact: true }).click()
  await page.getByText('Write which function').waitFor()
  await field(page, 'Function').fill('sum')
  await field(page, 'arguments (string[])').fill('1 2')
  await press(page, 'Ask')
  await page
    .locator('.field')
    .getByText(/no list or object in JSON/)
    .waitFor()
  await field(page, 'arguments (string[])').fill('["1", "2"]')
  await press(page, 'Ask')
  await page.getByRole('heading', { name: 'The channel has no such contract yet' }).waitFor()
  await field(page, 'What it does').selectOption('sends')
  await field(page, 'arguments (string[])').fill('[]')
  await press(page, 'Send')
  await page.getByRole('heading', { name: 'The channel has no such contract yet' }).waitFor()
  await lookAt(page, '/channel unknown')
}
